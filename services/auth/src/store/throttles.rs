//! Table `throttles`.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;

use crate::domain::throttle::Bucket;

#[derive(FromRow)]
struct Row {
    failures: i32,
    leaked_at: OffsetDateTime,
    blocked_until: OffsetDateTime,
}

impl From<Row> for Bucket {
    fn from(Row { failures, leaked_at, blocked_until }: Row) -> Self {
        Self { failures, leaked_at, blocked_until }
    }
}

/// The latest time before which one of these keys is blocked, without a lock: to turn away cheaply what is blocked anyway.
pub async fn blocked_until(pool: &PgPool, keys: &[String]) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar("SELECT max(blocked_until) FROM throttles WHERE key = ANY($1)")
        .bind(keys)
        .fetch_one(pool)
        .await
}

/// The buckets of these sorted keys in their order, held until the end of the transaction.
pub async fn lock(
    conn: &mut PgConnection,
    keys: &[String],
    now: OffsetDateTime,
) -> Result<Vec<Bucket>, sqlx::Error> {
    sqlx::query(
        "INSERT INTO throttles (key, failures, leaked_at, blocked_until) \
         SELECT key, 0, $2, $2 FROM unnest($1::text[]) AS key ON CONFLICT (key) DO NOTHING",
    )
    .bind(keys)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    // One order for everybody, so that nobody waits for each other.
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT failures, leaked_at, blocked_until FROM throttles WHERE key = ANY($1) ORDER BY key COLLATE \"C\" FOR UPDATE",
    )
    .bind(keys)
    .fetch_all(conn)
    .await?;
    match rows.len() == keys.len() {
        true => Ok(rows.into_iter().map(Bucket::from).collect()),
        false => Err(sqlx::Error::RowNotFound),
    }
}

/// Writes buckets, each under its key.
pub async fn save(conn: &mut PgConnection, keys: &[String], buckets: &[Bucket]) -> Result<(), sqlx::Error> {
    let failures: Vec<i32> = buckets.iter().map(|bucket| bucket.failures).collect();
    let leaked: Vec<OffsetDateTime> = buckets.iter().map(|bucket| bucket.leaked_at).collect();
    let blocked: Vec<OffsetDateTime> = buckets.iter().map(|bucket| bucket.blocked_until).collect();
    sqlx::query(
        "UPDATE throttles t SET failures = n.failures, leaked_at = n.leaked_at, blocked_until = n.blocked_until \
         FROM unnest($1::text[], $2::integer[], $3::timestamptz[], $4::timestamptz[]) \
         AS n (key, failures, leaked_at, blocked_until) WHERE t.key = n.key",
    )
    .bind(keys)
    .bind(failures)
    .bind(leaked)
    .bind(blocked)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets buckets that nothing was counted in since then, at most this many; returns how many.
pub async fn sweep(pool: &PgPool, before: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "DELETE FROM throttles WHERE key IN \
         (SELECT key FROM throttles WHERE leaked_at < $1 AND blocked_until < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(before)
    .bind(limit)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
