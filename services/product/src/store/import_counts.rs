//! What files have counted, so that the same file, sent again, counts nothing a second time.

use sqlx::{PgConnection, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::id::VariantId;

/// How long it is remembered: as long as the answers of other requests with an `Idempotency-Key`.
const KEPT: Duration = Duration::days(2);

/// Notes what a file counts of a variant; returns what it has counted of it before, if it has.
pub async fn note(
    conn: &mut PgConnection,
    import: Uuid,
    variant: VariantId,
    items: u32,
    now: OffsetDateTime,
) -> Result<Option<i64>, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO import_counts (import_id, variant_id, items, counted_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT DO NOTHING",
    )
    .bind(import)
    .bind(variant.uuid())
    .bind(i64::from(items))
    .bind(now)
    .execute(&mut *conn)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT items FROM import_counts WHERE import_id = $1 AND variant_id = $2")
        .bind(import)
        .bind(variant.uuid())
        .fetch_optional(conn)
        .await
}

/// Forgets what was counted long ago.
pub async fn forget(pool: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM import_counts WHERE counted_at < $1").bind(now - KEPT).execute(pool).await?;
    Ok(())
}
