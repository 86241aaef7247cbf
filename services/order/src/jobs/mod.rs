//! Periodic work of order.

use std::time::Duration;

use warung_chassis::{
    db::Db,
    jobs::{Job, all_due},
};

use crate::{commands::expire, metrics::OrderMetrics, store::orders};

/// Orders that are looked up at once.
const BATCH: i64 = 50;

/// Cancels orders that are not paid by their deadline.
pub fn deadline(db: Db, metrics: OrderMetrics) -> Job {
    Job::every("deadline", Duration::from_secs(1), move || {
        let (db, metrics) = (db.clone(), metrics.clone());
        Box::pin(async move {
            let now = db.clock().now();
            let page = |after| orders::overdue(db.pool(), now, after, BATCH);
            let cancel = |id| {
                let (db, metrics) = (&db, &metrics);
                async move {
                    let mut tx = db.begin().await?;
                    let Some(order) = expire::run(&mut tx, metrics, id).await? else { return Ok(false) };
                    tx.commit().await?;
                    tracing::info!(order = %order.id, number = order.number, "cancelled at its deadline");
                    Ok(true)
                }
            };
            all_due(page, cancel).await
        })
    })
}

/// Shows for how long a paid order waits for its parcel: no deadline ends that, so somebody has to see it.
pub fn waiting(db: Db, metrics: OrderMetrics) -> Job {
    Job::every("waiting", Duration::from_secs(15), move || {
        let (db, metrics) = (db.clone(), metrics.clone());
        Box::pin(async move {
            let since = orders::longest_waiting(db.pool()).await?;
            metrics.waiting(since.map_or(time::Duration::ZERO, |since| db.clock().now() - since));
            Ok(0)
        })
    })
}
