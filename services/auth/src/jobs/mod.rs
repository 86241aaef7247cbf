//! Periodic work.

pub mod bootstrap;
pub mod sweep;
