//! Forgets changes that every replica has heard of long ago.

use std::time::Duration;

use warung_chassis::jobs::Job;

use crate::{api::App, store::changes};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(600);
/// How long changes are kept.
const KEEP: time::Duration = time::Duration::HOUR;

/// The job.
pub fn job(app: App) -> Job {
    Job::every("sweep_changes", EVERY, move || {
        let app = app.clone();
        Box::pin(async move {
            changes::sweep(app.db.pool(), app.db.clock().now() - KEEP).await?;
            Ok(0)
        })
    })
}
