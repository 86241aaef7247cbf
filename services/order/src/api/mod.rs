//! The doors: REST, gRPC and events. They decide nothing.

pub mod events;
pub mod grpc;
pub mod problems;
pub mod rest;
