//! Periodic work of shipment.

mod bookings;

use std::{sync::Arc, time::Duration};

use uuid::Uuid;
use warung_chassis::{db::Db, jobs::Job};
use warung_contracts::id::ParcelId;

use crate::{
    carriers::Carrier,
    commands::{Desk, heard},
    store::{parcels, shipments::Busy},
};

/// Parcels that a carrier is asked about at once; more follow at once.
const BATCH: i64 = 200;
/// How long a claim lasts when a carrier does not answer, or we die before we write down what it said.
const LEASE: time::Duration = time::Duration::seconds(30);

/// All of them that the carriers give something to do.
pub fn all(db: &Db, desk: &Desk) -> Vec<Job> {
    let polled = desk.carriers.all().any(|carrier| carrier.pace().is_some());
    let booked = desk.carriers.all().any(|carrier| carrier.own_number(ParcelId(Uuid::nil())).is_none());
    let carrier = polled.then(|| carrier(db.clone(), desk.clone()));
    let bookings = booked.then(|| bookings::job(db.clone(), desk.clone()));
    carrier.into_iter().chain(bookings).collect()
}

/// Asks carriers about their parcels: claim (one statement), ask (no transaction), write down (one transaction).
fn carrier(db: Db, desk: Desk) -> Job {
    Job::every("carrier", Duration::from_millis(250), move || {
        let (db, desk) = (db.clone(), desk.clone());
        Box::pin(async move {
            let mut asked = 0;
            for carrier in desk.carriers.all() {
                asked += ask(&db, &desk, carrier).await?;
            }
            Ok(asked)
        })
    })
}

async fn ask(db: &Db, desk: &Desk, carrier: &Arc<dyn Carrier>) -> anyhow::Result<u64> {
    let Some(pace) = carrier.pace() else { return Ok(0) };
    let now = db.clock().now();
    let due = parcels::claim(db.pool(), carrier.code(), now, pace.max(LEASE), BATCH).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let scans = carrier.poll(&due, now).await?;
    let mut tx = db.begin().await?;
    heard::run(&mut tx, desk, carrier.code(), scans, Busy::Skip).await?;
    tx.commit().await?;
    tracing::debug!(carrier = carrier.code(), parcels = due.len(), "asked a carrier");
    Ok(u64::try_from(due.len())?)
}
