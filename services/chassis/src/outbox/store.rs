//! Rows of the outbox.

use sqlx::{FromRow, PgConnection, PgPool, Row};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{event::Event, stream::EVENT_BYTES_MAX};

use crate::telemetry::context;

/// Channel on which replicas wake the relay that leads.
pub const CHANNEL: &str = "outbox";

/// An event that is to be written.
#[derive(Debug, Clone)]
pub struct New {
    pub(crate) event_id: Uuid,
    event_type: &'static str,
    aggregate: String,
    data: String,
    traceparent: Option<String>,
    created_at: OffsetDateTime,
}

impl New {
    /// An event as it will be sent, in the trace it is made in.
    ///
    /// # Errors
    ///
    /// When it can't be written as JSON, or is [`TooLarge`].
    pub fn of<E: Event>(event_id: Uuid, event: &E, created_at: OffsetDateTime) -> Result<Self, sqlx::Error> {
        let data = data(event)?;
        let (event_type, aggregate, traceparent) = (E::TYPE, event.aggregate(), context::traceparent());
        Ok(Self { event_id, event_type, aggregate, data, traceparent, created_at })
    }
}

/// An event as it will be sent.
///
/// # Errors
///
/// When it can't be written as JSON, or is [`TooLarge`].
pub fn data<E: Event>(event: &E) -> Result<String, sqlx::Error> {
    let data = serde_json::to_string(event).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    match data.len() {
        ..=EVENT_BYTES_MAX => Ok(data),
        bytes => Err(sqlx::Error::Encode(Box::new(TooLarge { event_type: E::TYPE, bytes }))),
    }
}

/// An event that JetStream would never take, so that what it tells of must not happen.
#[derive(Debug, thiserror::Error)]
#[error("{event_type} would have {bytes} bytes, and an event has {EVENT_BYTES_MAX} at most")]
pub struct TooLarge {
    event_type: &'static str,
    bytes: usize,
}

/// An event that waits.
#[derive(Debug, Clone, FromRow)]
pub struct Pending {
    pub position: i64,
    pub event_id: Uuid,
    pub event_type: String,
    pub aggregate: String,
    pub data: String,
    pub traceparent: Option<String>,
    pub created_at: OffsetDateTime,
}

/// Writes events, in their order, in one statement.
///
/// # Errors
///
/// When the store is away.
pub async fn insert(conn: &mut PgConnection, events: &[New]) -> Result<(), sqlx::Error> {
    if events.is_empty() {
        return Ok(());
    }
    let texts = |of: fn(&New) -> &str| events.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO outbox (event_id, event_type, aggregate, data, traceparent, created_at) \
         SELECT event_id, event_type, aggregate, data, traceparent, created_at \
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) WITH ORDINALITY \
         AS event (event_id, event_type, aggregate, data, traceparent, created_at, nth) ORDER BY nth",
    )
    .bind(events.iter().map(|event| event.event_id).collect::<Vec<_>>())
    .bind(texts(|event| event.event_type))
    .bind(texts(|event| &event.aggregate))
    .bind(texts(|event| &event.data))
    .bind(events.iter().map(|event| event.traceparent.as_deref()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.created_at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets events that JetStream has stored, and reads the oldest that wait, but for those of `held` aggregates: at most
/// `limit`, and no more than `bytes` of payload but for the first.
///
/// # Errors
///
/// When the store is away; what was stored is published again then, and dropped as duplicates.
pub async fn turn(
    conn: &mut PgConnection,
    stored: &[i64],
    held: &[&str],
    limit: i64,
    bytes: i64,
) -> Result<Vec<Pending>, sqlx::Error> {
    // Both halves see the rows as they were before: those that go are left out of the reading.
    sqlx::query_as(
        "WITH gone AS (DELETE FROM outbox WHERE position = ANY($1)), \
         oldest AS (SELECT * FROM outbox WHERE position <> ALL($1) AND aggregate <> ALL($4) \
         ORDER BY position LIMIT $2), \
         sized AS (SELECT *, sum(octet_length(data)) OVER (ORDER BY position) - octet_length(data) AS before FROM oldest) \
         SELECT position, event_id, event_type, aggregate, data, traceparent, created_at FROM sized \
         WHERE before <= $3 ORDER BY position",
    )
    .bind(stored)
    .bind(limit)
    .bind(bytes)
    .bind(held)
    .fetch_all(conn)
    .await
}

/// Forgets events that JetStream has stored.
///
/// # Errors
///
/// When the store is away; they are published again then, and dropped as duplicates.
pub async fn delete(conn: &mut PgConnection, stored: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM outbox WHERE position = ANY($1)").bind(stored).execute(conn).await?;
    Ok(())
}

/// Wakes the relay that leads, wherever it is. Only ever on a connection of its own, never in a transaction that writes:
/// see [`super::bell`].
///
/// # Errors
///
/// When the store is away.
pub async fn notify(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_notify($1, '')").bind(CHANNEL).execute(conn).await?;
    Ok(())
}

/// How many events wait, and since when the oldest does.
///
/// # Errors
///
/// When the store is away.
pub async fn lag(pool: &PgPool) -> Result<(i64, Option<OffsetDateTime>), sqlx::Error> {
    let row = sqlx::query("SELECT count(*) AS waiting, min(created_at) AS oldest FROM outbox")
        .fetch_one(pool)
        .await?;
    Ok((row.try_get("waiting")?, row.try_get("oldest")?))
}
