//! Forgets what providers sent, once nobody needs it any more. That they sent it stays: a webhook that is sent again is
//! still dropped.

use std::time::Duration;

use warung_chassis::jobs::Job;

use super::Shared;
use crate::store::webhooks;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(600);
/// Webhooks of one statement; more follow at once.
const BATCH: i64 = 1000;

/// Empties bodies that are too old.
pub fn job(shared: Shared) -> Job {
    Job::every("housekeeping", EVERY, move || {
        let shared = shared.clone();
        Box::pin(async move {
            let (pool, before) = (shared.db.pool(), shared.db.clock().now() - shared.keep_webhooks);
            let mut emptied = 0;
            loop {
                let some = webhooks::empty(pool, before, BATCH).await?;
                emptied += some;
                if some < BATCH.unsigned_abs() {
                    return Ok(emptied);
                }
            }
        })
    })
}
