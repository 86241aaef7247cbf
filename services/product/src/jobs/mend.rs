//! Makes documents anew that an earlier version made: after an upgrade, and while replicas of both versions write.

use std::time::Duration;

use warung_chassis::jobs::Job;

use crate::{api::App, store::documents};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(10);
/// Products of one transaction.
const BATCH: i64 = 100;

/// The job.
pub fn job(app: App) -> Job {
    Job::every("mend_documents", EVERY, move || Box::pin(mend(app.clone())))
}

async fn mend(app: App) -> anyhow::Result<u64> {
    let outdated = documents::outdated(app.db.pool(), BATCH).await?;
    if outdated.is_empty() {
        return Ok(0);
    }
    let mut tx = app.db.begin().await?;
    let now = tx.now();
    documents::index(tx.conn(), &outdated, now).await?;
    tx.after_commit(move || app.cache.forget_lists());
    tx.commit().await?;
    Ok(outdated.len() as u64)
}
