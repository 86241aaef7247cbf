//! The chassis on real PostgreSQL and NATS.

#![allow(clippy::disallowed_methods, reason = "tests make ids of their own, and look at the real time")]

mod calls;
mod events;
mod housekeeping;
mod idempotency;
mod planning;
mod relay;
mod sample;
mod server;
mod streams;
mod wire;
