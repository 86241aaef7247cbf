//! Work that comes back by itself.

pub mod expire;
