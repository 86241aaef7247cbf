//! Table `stock_told`.

use sqlx::PgConnection;
use time::{Duration, OffsetDateTime};
use warung_contracts::{event::Event, id::VariantId};

/// How long staff hear nothing of the same variant falling as far.
const QUIET: Duration = Duration::days(1);

/// Whether staff are to be told of such an event now, which is noted.
pub async fn begin<E: Event>(
    conn: &mut PgConnection,
    variant: VariantId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO stock_told (variant_id, event_type, told_at) VALUES ($1, $2, $3) \
         ON CONFLICT (variant_id, event_type) DO UPDATE SET told_at = $3 WHERE stock_told.told_at <= $4",
    )
    .bind(variant.uuid())
    .bind(E::TYPE)
    .bind(now)
    .bind(now - QUIET)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}
