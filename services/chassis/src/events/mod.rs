//! Events on their way in: JetStream → inbox, command and outbox in one transaction → ack.

pub mod cloud;
pub mod consumer;
pub mod deadletter;
pub mod handler;

pub use handler::{Consumers, Delivery, EventError};
