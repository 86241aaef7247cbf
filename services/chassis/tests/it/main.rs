//! The chassis on real PostgreSQL and NATS.

mod events;
mod idempotency;
mod sample;
mod server;
