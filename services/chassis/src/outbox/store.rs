//! Rows of the outbox.

use sqlx::{FromRow, PgConnection, PgPool, Row};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::event::Event;

use crate::telemetry::context;

/// Channel on which a commit with events wakes the relay.
pub const CHANNEL: &str = "outbox";

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

/// Writes an event and, at commit, wakes the relay.
///
/// # Errors
///
/// When the store is away.
pub async fn insert<E: Event>(
    conn: &mut PgConnection,
    event_id: Uuid,
    event: &E,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let data = serde_json::to_string(event).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    // pg_notify in FROM wakes the relay in the same round trip.
    sqlx::query(
        "INSERT INTO outbox (event_id, event_type, aggregate, data, traceparent, created_at) \
         SELECT $1, $2, $3, $4, $5, $6 FROM pg_notify($7, '')",
    )
    .bind(event_id)
    .bind(E::TYPE)
    .bind(event.aggregate())
    .bind(data)
    .bind(context::traceparent())
    .bind(now)
    .bind(CHANNEL)
    .execute(conn)
    .await?;
    Ok(())
}

/// The oldest waiting events.
///
/// # Errors
///
/// When the store is away.
pub async fn oldest(conn: &mut PgConnection, limit: i64) -> Result<Vec<Pending>, sqlx::Error> {
    sqlx::query_as(
        "SELECT position, event_id, event_type, aggregate, data, traceparent, created_at FROM outbox ORDER BY position LIMIT $1",
    )
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Forgets events that JetStream has stored.
///
/// # Errors
///
/// When the store is away; they are published again then, and dropped as duplicates.
pub async fn delete(conn: &mut PgConnection, positions: &[i64]) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM outbox WHERE position = ANY($1)").bind(positions).execute(conn).await?;
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
