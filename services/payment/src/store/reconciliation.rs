//! Which payments are compared with their providers next.

use sqlx::{PgPool, Row as _};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::id::PaymentId;

/// How long a page may take before another replica takes it: its questions, each at its deadline.
const CLAIM: Duration = Duration::minutes(5);

/// What is gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sweep {
    /// What has not ended.
    Open,
    /// What is at its end, for some days: money may move after the end.
    Recent,
    /// Disputes that can still change, and what providers tell of new ones.
    Disputes,
}

warung_contracts::words!(Sweep, "sweep", Open = "open", Recent = "recent", Disputes = "disputes");

/// The payment compared last. Open ones go by the time they end, which an index keeps, recent ones by their id, which
/// begins with the time they were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub at: OffsetDateTime,
    pub id: Uuid,
}

/// Takes the next page of a sweep, when it is due: says where it begins.
pub async fn claim(
    pool: &PgPool,
    sweep: Sweep,
    now: OffsetDateTime,
) -> Result<Option<Option<Cursor>>, sqlx::Error> {
    let row = sqlx::query(
        "UPDATE reconciliation SET due_at = $3 WHERE sweep = $1 AND due_at <= $2 RETURNING cursor_at, cursor_id",
    )
    .bind(sweep.as_str())
    .bind(now)
    .bind(now + CLAIM)
    .fetch_optional(pool)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let (at, id): (Option<OffsetDateTime>, Option<Uuid>) = (row.try_get(0)?, row.try_get(1)?);
    Ok(Some(at.zip(id).map(|(at, id)| Cursor { at, id })))
}

/// Notes how far a sweep is, and when its next page is due.
pub async fn advance(
    pool: &PgPool,
    sweep: Sweep,
    cursor: Option<Cursor>,
    due_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE reconciliation SET cursor_at = $2, cursor_id = $3, due_at = $4 WHERE sweep = $1")
        .bind(sweep.as_str())
        .bind(cursor.map(|cursor| cursor.at))
        .bind(cursor.map(|cursor| cursor.id))
        .bind(due_at)
        .execute(pool)
        .await?;
    Ok(())
}

/// The payments of a page, with their place: those that have not ended, made before `quiet`; by the time they end. Also of
/// what a call is asked about a webhook may be lost; only the call that opens asks for itself, and knows what it sent.
pub async fn open(
    pool: &PgPool,
    after: Option<Cursor>,
    quiet: OffsetDateTime,
    limit: i64,
) -> Result<Vec<(PaymentId, Cursor)>, sqlx::Error> {
    let rows = sqlx::query_as(
        "SELECT payment_id, expires_at FROM payments \
         WHERE state IN ('opening', 'pending', 'approved', 'authorized') AND created_at <= $1 \
         AND (state <> 'opening' OR NOT EXISTS (SELECT FROM attempts a \
           WHERE a.payment_id = payments.payment_id AND a.kind = 'open' AND a.state = 'started')) \
         AND ($2::timestamptz IS NULL OR (expires_at, payment_id) > ($2, $3)) \
         ORDER BY expires_at, payment_id LIMIT $4",
    )
    .bind(quiet)
    .bind(after.map(|after| after.at))
    .bind(after.map(|after| after.id))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(placed(rows))
}

/// The payments of a page, with their place: those at their end, made after `oldest` and quiet since `quiet`.
pub async fn recent(
    pool: &PgPool,
    after: Option<Cursor>,
    (oldest, quiet): (OffsetDateTime, OffsetDateTime),
    limit: i64,
) -> Result<Vec<(PaymentId, Cursor)>, sqlx::Error> {
    let first = first_id(oldest);
    let rows = sqlx::query_as(
        "SELECT payment_id, created_at FROM payments \
         WHERE payment_id > $1 AND provider <> 'none' AND updated_at <= $2 \
         AND state IN ('succeeded', 'refunded', 'failed', 'expired', 'cancelled') ORDER BY payment_id LIMIT $3",
    )
    .bind(after.map_or(first, |after| after.id.max(first)))
    .bind(quiet)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(placed(rows))
}

fn placed(rows: Vec<(Uuid, OffsetDateTime)>) -> Vec<(PaymentId, Cursor)> {
    rows.into_iter().map(|(id, at)| (PaymentId(id), Cursor { at, id })).collect()
}

/// The smallest UUIDv7 of this time (RFC 9562, section 5.7): milliseconds, then nothing.
fn first_id(at: OffsetDateTime) -> Uuid {
    let millis = u128::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_later_are_greater_than_the_first_of_their_time() {
        let at = OffsetDateTime::from_unix_timestamp(1_767_225_600).unwrap();
        let made = |seconds| Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, 0));
        assert!(made(1_767_225_600) > first_id(at));
        assert!(made(1_767_225_599) < first_id(at));
    }
}
