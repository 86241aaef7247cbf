//! Events that could not be handled, kept with the reason.

use async_nats::jetstream;

/// Headers that a dead letter carries beside the event's own.
pub const REASON: &str = "warung-reason";
/// Subject the event had.
pub const ORIGIN: &str = "warung-origin";

/// Bytes of a reason at most; with the other headers it stays below [`LETTER_EXTRA_BYTES_MAX`].
///
/// [`LETTER_EXTRA_BYTES_MAX`]: warung_contracts::stream::LETTER_EXTRA_BYTES_MAX
const REASON_BYTES_MAX: usize = 1024;

/// Puts a message into the stream of dead letters.
///
/// # Errors
///
/// When JetStream is away; the message is not acknowledged then and comes again.
pub async fn publish(
    jetstream: &jetstream::Context,
    service: &str,
    message: &jetstream::Message,
    reason: &str,
) -> anyhow::Result<()> {
    let mut headers = message.headers.clone().unwrap_or_default();
    let subject = message.subject.as_str();
    // An id of its own: the same event may die in several services, and after a replay, which is another message, again
    // in the same one. Within the duplicate window JetStream would take that for a repeat and keep neither.
    let message_id = message.info().map_err(|error| anyhow::anyhow!(error))?.stream_sequence;
    headers.insert(async_nats::header::NATS_MESSAGE_ID, format!("dead-{service}-{subject}-{message_id}"));
    // A header is one line.
    let reason = &reason[..reason.floor_char_boundary(REASON_BYTES_MAX)];
    headers.insert(REASON, reason.replace(['\r', '\n'], " "));
    headers.insert(ORIGIN, subject);
    let target = format!("warung.deadletter.{service}.{}", subject.trim_start_matches("warung."));
    jetstream.publish_with_headers(target, headers, message.payload.clone()).await?.await?;
    Ok(())
}
