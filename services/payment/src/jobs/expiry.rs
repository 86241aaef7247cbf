//! Ends payments whose time ran out.

use std::time::Duration;

use warung_chassis::jobs::{self, Job};

use super::Shared;
use crate::{commands::expire, store::payments};

/// Payments ended in one turn at most; more follow at once.
const BATCH: i64 = 50;

/// Begins to end them; the provider's answer decides.
pub fn job(shared: Shared) -> Job {
    Job::every("expiry", Duration::from_secs(1), move || {
        let shared = shared.clone();
        Box::pin(async move {
            let due = payments::overdue(shared.db.pool(), shared.db.clock().now(), BATCH).await?;
            let end = |id| {
                let shared = &shared;
                async move {
                    let mut tx = shared.db.begin().await?;
                    let Some(payment) = expire::run(&mut tx, &shared.tools, id).await? else {
                        return Ok(false);
                    };
                    tx.commit().await?;
                    tracing::info!(%payment, "the time to pay ran out");
                    Ok(true)
                }
            };
            jobs::each(due, end).await
        })
    })
}
