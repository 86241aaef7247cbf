//! Doors.

pub mod events;
pub mod grpc;
pub mod problems;
pub mod rest;
