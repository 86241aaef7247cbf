//! Carts in Redis.

mod carts;
mod key;
mod merge;

pub use carts::{Added, Carts, Error, Limits};
pub use key::{GuestToken, NotAToken, Owner};
