//! Periodic work of shipment. Each carrier has jobs of its own: one that is slow holds up no other.

mod bookings;
mod call;
mod stops;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use uuid::Uuid;
use warung_chassis::{backoff::Backoff, db::Db, jobs::Job};
use warung_contracts::id::ParcelId;

use crate::{
    carriers::{Carrier, Trouble},
    commands::{Desk, heard},
    peers::Orders,
    store::{parcels, shipments::Busy},
};

/// Parcels that a carrier is asked about at once; more follow at once.
const BATCH: i64 = 200;
/// How long a claim lasts when we die before we write down what a carrier said.
const LEASE: time::Duration = time::Duration::seconds(30);
/// After calls that brought no answer.
const AGAIN: Backoff = Backoff::doubling(Duration::from_secs(2), Duration::from_secs(512));
/// Failures that are counted: with so many one parcel is asked about at once, and the delay is the longest.
const FAILURES_MAX: u32 = 9;

/// What the carriers give to do, and what is asked of order.
pub fn all(db: &Db, desk: &Desk, orders: Orders) -> Vec<Job> {
    let own = |carrier: &Arc<dyn Carrier>| {
        let polled = carrier.pace().is_some();
        let booked = carrier.own_number(ParcelId(Uuid::nil())).is_none();
        let asks = polled.then(|| asks(db.clone(), desk.clone(), carrier.clone()));
        let bookings = booked.then(|| bookings::job(db.clone(), desk.clone(), carrier.clone()));
        asks.into_iter().chain(bookings)
    };
    let refused = bookings::refused(db.clone(), desk.metrics.clone());
    let stops = stops::job(db.clone(), desk.clone(), orders);
    desk.carriers.all().flat_map(own).chain([refused, stops]).collect()
}

/// Asks a carrier about its parcels: claim (one statement), ask (no transaction), write down (one transaction).
fn asks(db: Db, desk: Desk, carrier: Arc<dyn Carrier>) -> Job {
    let failures = Arc::new(AtomicU32::new(0));
    Job::every("carrier", Duration::from_millis(250), move || {
        let (db, desk, carrier, failures) = (db.clone(), desk.clone(), carrier.clone(), failures.clone());
        Box::pin(async move { ask(&db, &desk, &*carrier, &failures).await })
    })
}

/// Asks about those that are due; `failures` grows with each call that brings no answer, and shrinks with each that does. The
/// more there are, the fewer parcels are asked about at once: one that makes a call fail is soon asked about alone.
async fn ask(db: &Db, desk: &Desk, carrier: &dyn Carrier, failures: &AtomicU32) -> anyhow::Result<u64> {
    let Some(pace) = carrier.pace() else { return Ok(0) };
    let (now, failed) = (db.clock().now(), failures.load(Ordering::Relaxed));
    let batch = (BATCH >> failed).max(1);
    let due = parcels::claim(db.pool(), carrier.code(), now, pace.max(LEASE), batch).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let asking = async { carrier.poll(&due, now).await.map_err(Trouble::NoAnswer) };
    let scans = match call::make(&desk.metrics, carrier.code(), asking).await {
        Ok(scans) => scans,
        Err(trouble) => {
            let failed = (failed + 1).min(FAILURES_MAX);
            failures.store(failed, Ordering::Relaxed);
            let (carrier, parcels) = (carrier.code(), due.len());
            tracing::warn!(carrier, parcels, error = %trouble, "a carrier is asked about parcels again later");
            let now = db.clock().now();
            let again = due.iter().map(|asked| (asked.tracking_number.as_str(), now + AGAIN.after(failed)));
            parcels::put_off(db.pool(), carrier, again).await?;
            return Ok(0);
        }
    };
    failures.store(failed.saturating_sub(1), Ordering::Relaxed);
    let mut tx = db.begin().await?;
    heard::run(&mut tx, desk, carrier.code(), scans, Busy::Skip).await?;
    tx.commit().await?;
    tracing::debug!(carrier = carrier.code(), parcels = due.len(), "asked a carrier");
    Ok(u64::try_from(due.len())?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn delays_grow_to_nine_minutes() {
        let delays: Vec<u64> = (1..=11).map(|calls| super::AGAIN.whole(calls).as_secs()).collect();
        assert_eq!(delays, [2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512]);
    }
}
