//! Doors.

pub mod events;
pub mod grpc;
pub mod origin;
pub mod permit;
pub mod problems;
pub mod rest;
pub mod standing;
