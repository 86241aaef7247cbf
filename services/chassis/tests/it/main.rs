//! The chassis on real PostgreSQL and NATS.

mod calls;
mod events;
mod idempotency;
mod relay;
mod sample;
mod server;
mod wire;
