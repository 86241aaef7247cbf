//! Ends payments whose time ran out.

use std::time::Duration;

use warung_chassis::jobs::Job;

use super::Shared;
use crate::commands::expire;

/// Payments ended in one turn at most; more follow at once.
const BATCH: u64 = 50;

/// Begins to end them; the provider's answer decides.
pub fn job(shared: Shared) -> Job {
    Job::every("expiry", Duration::from_secs(1), move || {
        let shared = shared.clone();
        Box::pin(async move {
            let mut ended = 0;
            while ended < BATCH {
                let mut tx = shared.db.begin().await?;
                let Some(payment) = expire::run(&mut tx, &shared.tools).await? else { break };
                tx.commit().await?;
                tracing::info!(%payment, "the time to pay ran out");
                ended += 1;
            }
            Ok(ended)
        })
    })
}
