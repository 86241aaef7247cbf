//! Periodic work of shipment.

use std::time::Duration;

use warung_chassis::{db::Db, jobs::Job};

use crate::{commands::advance, metrics::ShipmentMetrics};

/// Parcels moved in one turn at most; more follow at once.
const BATCH: u64 = 50;

/// The sandbox carrier: moves each parcel on when it was `step` in its state.
pub fn carrier(db: Db, metrics: ShipmentMetrics, step: time::Duration) -> Job {
    Job::every("carrier", Duration::from_millis(250), move || {
        let (db, metrics) = (db.clone(), metrics.clone());
        Box::pin(async move {
            let mut moved = 0;
            while moved < BATCH {
                let mut tx = db.begin().await?;
                let before = tx.now() - step;
                let Some(shipment) = advance::next(&mut tx, &metrics, before).await? else { break };
                tx.commit().await?;
                tracing::debug!(shipment = %shipment.id, state = %shipment.state, "the carrier moved a parcel");
                moved += 1;
            }
            Ok(moved)
        })
    })
}
