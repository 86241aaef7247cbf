//! Carts and what they come to: pure.

pub mod change;
pub mod item;
pub mod line;
pub mod merged;
pub mod price;
pub mod revision;
