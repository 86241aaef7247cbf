//! Carts in Redis.

mod carts;
mod key;
mod merge;
mod orders;

pub use carts::{Added, Carts, Error, Limits, Set, Wanted};
pub use key::{GuestToken, Owner};
pub use orders::Ordered;
