//! Doors.

pub mod problems;
pub mod rest;
