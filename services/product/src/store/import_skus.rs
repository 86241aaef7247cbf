//! SKUs of a file that is being imported, and where each is first.

use std::collections::BTreeMap;

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// How long SKUs of an import that broke off are kept.
const KEPT: Duration = Duration::DAY;

/// Notes SKUs with their lines; returns the line where each was first.
pub async fn note(
    pool: &PgPool,
    import: Uuid,
    skus: &[(&str, u64)],
    now: OffsetDateTime,
) -> Result<BTreeMap<String, u64>, sqlx::Error> {
    let (skus, lines): (Vec<&str>, Vec<i64>) =
        skus.iter().map(|&(sku, line)| (sku, i64::try_from(line).unwrap_or(i64::MAX))).unzip();
    // What is there already is written as it is: only so is it returned.
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "INSERT INTO import_skus AS seen (import_id, sku, line, seen_at) \
         SELECT $1, sku, min(line), $4 FROM unnest($2::text[], $3::bigint[]) AS said (sku, line) GROUP BY sku \
         ON CONFLICT (import_id, sku) DO UPDATE SET line = seen.line RETURNING sku, line",
    )
    .bind(import)
    .bind(skus)
    .bind(lines)
    .bind(now)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(sku, line)| (sku, line.unsigned_abs())).collect())
}

/// Forgets an import that has ended, and those that broke off long ago.
pub async fn forget(pool: &PgPool, import: Uuid, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM import_skus WHERE import_id = $1 OR seen_at < $2")
        .bind(import)
        .bind(now - KEPT)
        .execute(pool)
        .await?;
    Ok(())
}
