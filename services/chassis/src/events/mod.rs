//! Events on their way in: JetStream → inbox, command and outbox in one transaction → ack.

mod batch;
pub mod cloud;
pub mod consumer;
pub mod deadletter;
pub mod group;
pub mod handler;
mod inbox;
pub mod letters;
pub mod unread;

pub use group::{Group, Heard};
pub use handler::{Consumers, Delivery, EventError};
