//! Ends payments whose time ran out.

use std::time::Duration;

use warung_chassis::jobs::{Job, Turn};

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
            let mut turn = Turn::default();
            turn.each(due, end).await?;
            turn.end()
        })
    })
}
