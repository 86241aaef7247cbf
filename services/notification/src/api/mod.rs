//! Doors.

pub mod events;
pub mod problems;
pub mod rest;
