//! What every database of a service needs now and then: a look at the outbox, and rows forgotten that nobody asks for.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::{db::Db, metrics::Metrics, outbox};

/// Between two looks at the outbox.
const LOOK: Duration = Duration::from_secs(5);
/// Looks between two sweeps: one sweep in ten minutes.
const SWEEP_EVERY: u32 = 120;
/// Streams keep events for 7 days, dead letters for 30; an older event can't come again.
const INBOX_AGE: time::Duration = time::Duration::days(31);
/// How long a request may be sent again.
const KEY_AGE: time::Duration = time::Duration::days(2);

/// Keeps house until `stop`.
///
/// # Errors
///
/// Never: a store that is away is waited for.
pub async fn run(db: Db, metrics: Arc<Metrics>, stop: CancellationToken) -> anyhow::Result<()> {
    for look in 0_u32.. {
        if let Ok((pending, oldest)) = outbox::store::lag(db.pool()).await {
            let age = oldest.map(|at| db.clock().now() - at).and_then(|age| age.try_into().ok());
            metrics.outbox(pending, age.unwrap_or_default());
        }
        if look.is_multiple_of(SWEEP_EVERY)
            && let Err(error) = sweep(db.pool(), db.clock().now()).await
        {
            tracing::debug!(%error, "sweeping waits for the store");
        }
        tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(LOOK) => {} }
    }
    Ok(())
}

async fn sweep(pool: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM inbox WHERE handled_at < $1").bind(now - INBOX_AGE).execute(pool).await?;
    sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
        .bind(now - KEY_AGE)
        .execute(pool)
        .await?;
    Ok(())
}
