//! What every database of a service needs now and then: a look at the outbox, and rows forgotten that nobody asks for.

use std::{sync::Arc, time::Duration};

use sqlx::PgPool;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use warung_contracts::stream::{EVENT_AGE_MAX, LETTER_AGE_MAX};

use crate::{db::Db, metrics::Metrics, outbox};

/// Between two looks at the outbox.
const LOOK: Duration = Duration::from_secs(5);
/// Looks between two sweeps: one sweep in ten minutes.
const SWEEP_EVERY: u32 = 120;
/// Rows of one statement: few enough to be done long before the time for a statement ends.
const SWEEP_ROWS: i64 = 5000;
const DAY: Duration = Duration::from_secs(24 * 3600);
/// An event can come again until its dead letter, sent again on its last day, has waited for a reader as long as it may.
const INBOX_AGE: Duration = LETTER_AGE_MAX.saturating_add(EVENT_AGE_MAX).saturating_add(DAY);
/// How long a request may be sent again.
const KEY_AGE: Duration = DAY.saturating_mul(2);

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
            metrics.sweep_failed();
            tracing::warn!(%error, "old rows were not swept; they are at the next turn");
        }
        tokio::select! { () = stop.cancelled() => break, () = tokio::time::sleep(LOOK) => {} }
    }
    Ok(())
}

/// Forgets what is old, however much it is: a service that was away for days has days of it.
///
/// # Errors
///
/// When the store is away; what was forgotten before stays so.
pub async fn sweep(pool: &PgPool, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    const INBOX: &str =
        "DELETE FROM inbox WHERE ctid = ANY(ARRAY(SELECT ctid FROM inbox WHERE handled_at < $1 LIMIT $2))";
    const KEYS: &str = "DELETE FROM idempotency_keys \
        WHERE ctid = ANY(ARRAY(SELECT ctid FROM idempotency_keys WHERE created_at < $1 LIMIT $2))";
    for (delete, before) in [(INBOX, now - INBOX_AGE), (KEYS, now - KEY_AGE)] {
        while sqlx::query(delete).bind(before).bind(SWEEP_ROWS).execute(pool).await?.rows_affected() > 0 {}
    }
    Ok(())
}
