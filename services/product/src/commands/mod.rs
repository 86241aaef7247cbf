//! Write use cases, one a file. Each gets a unit of work and never a client.

pub mod add_category;
pub mod add_product;
pub mod adjust_stock;
pub mod edit_product;
pub mod follow_order;
