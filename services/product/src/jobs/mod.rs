//! Work that comes back by itself.

pub mod expire;
pub mod hear;
pub mod mend;
pub mod sweep;
