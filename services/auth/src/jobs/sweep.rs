//! Forgets what ended long ago.

use std::time::Duration;

use warung_chassis::jobs::Job;

use crate::{State, store};

const EVERY: Duration = Duration::from_secs(600);
/// How long an ended log-in or link is kept, so that its reuse can still be told.
const KEPT: time::Duration = time::Duration::days(7);
/// How long failures are kept that nobody added to: longer than any bucket takes to leak.
const THROTTLES_KEPT: time::Duration = time::Duration::days(2);
/// How long a device or a network that is not used stays known.
const DEVICES_KEPT: time::Duration = time::Duration::days(180);
const BATCH: i64 = 1000;

/// The job.
pub fn job(state: State) -> Job {
    Job::every("sweep_tokens", EVERY, move || {
        let state = state.clone();
        Box::pin(async move { Ok(run(&state).await?) })
    })
}

async fn run(state: &State) -> Result<u64, sqlx::Error> {
    let (pool, now) = (state.db.pool(), state.db.clock().now());
    let mut gone = store::tokens::sweep(pool, now - KEPT, BATCH).await?;
    gone += store::links::sweep(pool, now - KEPT, BATCH).await?;
    gone += store::factors::sweep(pool, now, BATCH).await?;
    gone += store::throttles::sweep(pool, now - THROTTLES_KEPT, BATCH).await?;
    gone += store::devices::sweep(pool, now - DEVICES_KEPT, BATCH).await?;
    gone += store::audit::erase_sources(pool, now - state.config.audit_source_kept, BATCH).await?;
    Ok(gone)
}
