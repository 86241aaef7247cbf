//! Periodic work.

mod hand_over;
mod retry;
pub mod send;
pub mod sweep;
