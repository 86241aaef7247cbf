//! What every service of Warung shares, and no word of the shop.
//!
//! ```text
//!  environment ──> config ──> Context ──> Service::build ──> Parts {REST, gRPC, consumers, jobs}
//!                                                              │
//!  server: REST + gRPC on one port, layers in one list <───────┤
//!  admin:  health, metrics on another                          │
//!  events: JetStream ──> inbox + command + outbox ──> commit ──> ack      outbox ──> relay ──> JetStream
//! ```
//!
//! A service crate gives a [`service::Service`]; [`run::run`] does the rest. To add one: a manifest in
//! `warung_contracts`, a crate with `pub fn service() -> Service`, a line in the `warung` binary.

pub mod admin;
pub mod arrivals;
pub mod auth;
pub mod backoff;
pub mod clock;
pub mod config;
pub mod csv;
pub mod db;
pub mod deadline;
pub mod error;
pub mod events;
pub mod front;
pub mod grpc;
pub mod housekeeping;
pub mod http;
pub mod jobs;
pub mod load;
pub mod metrics;
pub mod openapi;
pub mod outbound;
pub mod outbox;
pub mod patience;
pub mod run;
pub mod server;
pub mod service;
pub mod signature;
pub mod supervise;
pub mod telemetry;
#[cfg(feature = "testing")]
#[allow(clippy::disallowed_methods, reason = "tests make ids of their own")]
pub mod testing;
