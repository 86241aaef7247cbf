//! The Shop as users write it: types, defaults, the rules the API server enforces, names of conditions and reasons.
//!
//! Nothing here reads a cluster or decides anything: serde and schemars only.

pub mod condition;
mod reference;
mod shop;
pub mod spec;
pub mod status;

pub use reference::SecretReference;
pub use shop::{Shop, ShopSpec};
pub use status::ShopStatus;
