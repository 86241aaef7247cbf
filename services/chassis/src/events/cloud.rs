//! CloudEvents 1.0 over NATS, binary content mode (CloudEvents NATS protocol binding, section 3.1).

use async_nats::{HeaderMap, header::NATS_MESSAGE_ID, jetstream::message::PublishMessage};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;
use warung_contracts::id::EventId;

use crate::outbox::store::Pending;

/// What the headers of a message say of its event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attributes {
    pub id: Uuid,
    pub event_type: String,
    /// The aggregate; CloudEvents `subject`.
    pub aggregate: String,
    pub time: Option<OffsetDateTime>,
    pub traceparent: Option<String>,
}

/// Why a message is no CloudEvent of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the header {0} is missing or malformed, so the message is no CloudEvent of this system")]
pub struct NotAnEvent(pub &'static str);

/// A row of the outbox as a message.
pub fn encode(service: &str, row: &Pending) -> PublishMessage {
    let id = EventId(row.event_id).to_string();
    let mut headers = HeaderMap::new();
    headers.insert(NATS_MESSAGE_ID, id.as_str());
    headers.insert("ce-specversion", "1.0");
    headers.insert("ce-id", id.as_str());
    headers.insert("ce-source", format!("/services/{service}"));
    headers.insert("ce-type", row.event_type.as_str());
    headers.insert("ce-subject", row.aggregate.as_str());
    if let Ok(time) = row.created_at.format(&Rfc3339) {
        headers.insert("ce-time", time);
    }
    headers.insert("content-type", "application/json");
    if let Some(traceparent) = &row.traceparent {
        headers.insert("traceparent", traceparent.as_str());
    }
    PublishMessage::build().payload(row.data.clone().into()).headers(headers)
}

/// What a message says it is.
///
/// # Errors
///
/// When a mandatory attribute is missing.
pub fn decode(headers: Option<&HeaderMap>) -> Result<Attributes, NotAnEvent> {
    let text = |name: &'static str| {
        headers.and_then(|headers| headers.get(name)).map(|value| value.as_str().to_owned())
    };
    let id: EventId = text("ce-id").and_then(|id| id.parse().ok()).ok_or(NotAnEvent("ce-id"))?;
    Ok(Attributes {
        id: id.uuid(),
        event_type: text("ce-type").ok_or(NotAnEvent("ce-type"))?,
        aggregate: text("ce-subject").ok_or(NotAnEvent("ce-subject"))?,
        time: text("ce-time").and_then(|time| OffsetDateTime::parse(&time, &Rfc3339).ok()),
        traceparent: text("traceparent"),
    })
}
