//! Forgets refresh tokens that ended long ago.

use std::time::Duration;

use warung_chassis::{db::Db, jobs::Job};

use crate::store;

const EVERY: Duration = Duration::from_secs(600);
/// How long an ended family is kept, so that its reuse can still be told in the log.
const KEPT: time::Duration = time::Duration::days(7);
const BATCH: i64 = 1000;

/// The job.
pub fn job(db: Db) -> Job {
    Job::every("sweep_tokens", EVERY, move || {
        let db = db.clone();
        Box::pin(async move { Ok(store::tokens::sweep(db.pool(), db.clock().now() - KEPT, BATCH).await?) })
    })
}
