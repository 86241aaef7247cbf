//! Periodic work.

pub mod send;
