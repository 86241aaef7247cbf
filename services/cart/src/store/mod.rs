//! Carts in Redis.

mod carts;
mod key;
mod merge;

pub use carts::{Added, Carts, Error, Limits, Set, Wanted};
pub use key::{GuestToken, NotAToken, Owner};
