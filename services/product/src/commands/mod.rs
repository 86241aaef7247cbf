//! Write use cases, one a file. Each gets a unit of work and never a client.

pub mod add_product;
pub mod add_variant;
pub mod adjust_stock;
mod book;
pub mod edit_product;
pub mod edit_variant;
mod error;
pub mod follow_order;
pub mod import_product;
mod note;
pub mod put_category;
pub mod put_location;
pub mod put_prices;
mod recount;
pub mod restock;
pub mod tax_class;
mod tell;
mod trail;
pub mod transfer_stock;

pub use error::Error;
