//! What changes an order, one use case a file. A command gets a unit of work and never a client.

pub mod advance;
pub mod cancel;
pub mod expire;
pub mod place;
pub mod refund;
