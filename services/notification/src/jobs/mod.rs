//! Periodic work.

mod hand_over;
pub mod send;
