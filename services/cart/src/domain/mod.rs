//! Carts and what they come to: pure.

pub mod line;
pub mod price;
