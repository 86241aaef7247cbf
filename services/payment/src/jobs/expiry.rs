//! Ends payments whose time ran out.

use std::time::Duration;

use warung_chassis::jobs::{Job, all_due};

use super::Shared;
use crate::{commands::expire, store::payments};

/// Payments that are looked up at once.
const BATCH: i64 = 50;

/// Begins to end them; the provider's answer decides.
pub fn job(shared: Shared) -> Job {
    Job::every("expiry", Duration::from_secs(1), move || {
        let shared = shared.clone();
        Box::pin(async move {
            let now = shared.db.clock().now();
            let page = |after| payments::overdue(shared.db.pool(), now, after, BATCH);
            let end = |payment| {
                let shared = &shared;
                async move {
                    let mut tx = shared.db.begin().await?;
                    let ended = expire::run(&mut tx, &shared.tools, payment).await?;
                    tx.commit().await?;
                    if ended {
                        tracing::info!(%payment, "the time to pay ran out");
                    }
                    Ok(ended)
                }
            };
            all_due(page, end).await
        })
    })
}
