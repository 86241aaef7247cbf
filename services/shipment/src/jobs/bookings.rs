//! Asks carriers to take parcels, and tells them of those that stay: claim (one statement), call (no transaction), write
//! down (one transaction). What a crash leaves between is called again under the same key.

use std::{sync::Arc, time::Duration};

use warung_chassis::{backoff::Backoff, db::Db, jobs::Job};

use super::LEASE;
use crate::{
    carriers::{Carrier, Trouble},
    commands::{Desk, book},
    store::bookings::{self, Call, Due},
};

/// Calls to one carrier in one turn; more follow at once.
const BATCH: i64 = 20;
/// After calls that brought no answer.
const AGAIN: Backoff = Backoff::doubling(Duration::from_secs(2), Duration::from_secs(512));

/// The job.
pub fn job(db: Db, desk: Desk) -> Job {
    Job::every("bookings", Duration::from_secs(1), move || {
        let (db, desk) = (db.clone(), desk.clone());
        Box::pin(async move {
            let mut called = 0;
            for carrier in desk.carriers.all() {
                called += turn(&db, &desk, carrier).await?;
            }
            Ok(called)
        })
    })
}

async fn turn(db: &Db, desk: &Desk, carrier: &Arc<dyn Carrier>) -> anyhow::Result<u64> {
    let due = bookings::claim(db.pool(), carrier.code(), db.clock().now(), LEASE, BATCH).await?;
    let called = u64::try_from(due.len())?;
    for due in due {
        let outcome = match &due.call {
            Call::Book(booking) => book(db, desk, carrier, &due, booking).await,
            Call::CallOff(number) => call_off(db, carrier, &due, number).await,
        };
        outcome?;
    }
    Ok(called)
}

async fn book(
    db: &Db,
    desk: &Desk,
    carrier: &Arc<dyn Carrier>,
    due: &Due,
    booking: &crate::carriers::Booking,
) -> anyhow::Result<()> {
    match carrier.book(booking).await {
        Ok(booked) => {
            let mut tx = db.begin().await?;
            book::run(&mut tx, desk, (due.shipment, due.parcel), &booked).await?;
            Ok(tx.commit().await?)
        }
        Err(Trouble::Refused(reason)) => {
            tracing::warn!(parcel = %due.parcel, carrier = carrier.code(), reason, "the carrier does not take a parcel");
            let mut conn = db.pool().acquire().await?;
            Ok(bookings::refused(&mut conn, due.parcel, &reason, db.clock().now()).await?)
        }
        Err(Trouble::NoAnswer(error)) => put_off(db, carrier, due, &error).await,
    }
}

async fn call_off(db: &Db, carrier: &Arc<dyn Carrier>, due: &Due, number: &str) -> anyhow::Result<()> {
    match carrier.cancel(number).await {
        // A carrier that does not let go has fetched it, and says so by itself.
        Ok(()) | Err(Trouble::Refused(_)) => {
            let mut conn = db.pool().acquire().await?;
            Ok(bookings::released(&mut conn, due.parcel, db.clock().now()).await?)
        }
        Err(Trouble::NoAnswer(error)) => put_off(db, carrier, due, &error).await,
    }
}

async fn put_off(
    db: &Db,
    carrier: &Arc<dyn Carrier>,
    due: &Due,
    error: &anyhow::Error,
) -> anyhow::Result<()> {
    tracing::debug!(parcel = %due.parcel, carrier = carrier.code(), %error, "a carrier does not answer");
    let due_at = db.clock().now() + AGAIN.after(due.tries + 1);
    Ok(bookings::put_off(db.pool(), due.parcel, due_at).await?)
}

#[cfg(test)]
mod tests {
    #[test]
    fn delays_grow_to_nine_minutes() {
        let delays: Vec<u64> = (1..=11).map(|calls| super::AGAIN.whole(calls).as_secs()).collect();
        assert_eq!(delays, [2, 4, 8, 16, 32, 64, 128, 256, 512, 512, 512]);
    }
}
