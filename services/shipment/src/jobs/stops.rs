//! Asks order what became of orders whose parcels are held: claim (one statement), ask (no transaction), write down (one
//! transaction). Where a crash or a refusal left a stop, this ends it; while order is away it stays.

use std::time::Duration;

use warung_chassis::{db::Db, jobs::Job};

use crate::{
    commands::{Desk, stop},
    peers::Orders,
    store::stops::{self, Due},
};

/// Orders that are asked about in one turn.
const BATCH: i64 = 50;
/// When an order of which nobody knew is asked about again.
const AGAIN: time::Duration = time::Duration::seconds(30);

/// The job.
pub fn job(db: Db, desk: Desk, orders: Orders) -> Job {
    Job::every("stops", Duration::from_secs(5), move || {
        let (db, desk, orders) = (db.clone(), desk.clone(), orders.clone());
        Box::pin(async move {
            let now = db.clock().now();
            let due = stops::claim(db.pool(), now, now + AGAIN, BATCH).await?;
            for due in &due {
                // One that fails holds up no other.
                if let Err(error) = one(&db, &desk, &orders, *due).await {
                    tracing::warn!(order = %due.order, %error, "it is not known whether an order is cancelled; its parcels stay held");
                }
            }
            Ok(u64::try_from(due.len())?)
        })
    })
}

async fn one(db: &Db, desk: &Desk, orders: &Orders, due: Due) -> anyhow::Result<()> {
    let cancelled = orders.is_cancelled(due.order).await?;
    let mut tx = db.begin().await?;
    stop::settle(&mut tx, desk, due, cancelled).await?;
    tx.commit().await?;
    tracing::info!(order = %due.order, cancelled, "what became of an order whose parcels were held is known");
    Ok(())
}
