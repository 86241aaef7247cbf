//! Forgets what came back long ago.

use std::time::Duration;

use warung_chassis::{db::Db, jobs::Job};

use crate::store::bounces;

const EVERY: Duration = Duration::from_secs(600);
/// As long as somebody may look into what became of a message. That an address is not written to is kept for good.
const KEPT: time::Duration = time::Duration::days(180);
const BATCH: i64 = 1000;

/// The job.
pub fn job(db: Db) -> Job {
    Job::every("sweep_bounces", EVERY, move || {
        let db = db.clone();
        Box::pin(async move { Ok(bounces::sweep(db.pool(), db.clock().now() - KEPT, BATCH).await?) })
    })
}
