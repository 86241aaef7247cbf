//! Asks carriers to take parcels, and tells them of those that stay: claim (one statement), call (no transaction), write
//! down (one transaction). What a crash leaves between is called again under the same key.

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use warung_chassis::{
    db::Db,
    jobs::{Job, Pool, Room},
};

use super::{AGAIN, LEASE, call};
use crate::{
    carriers::{Booking, Carrier, Trouble},
    commands::{Desk, book},
    metrics::ShipmentMetrics,
    store::bookings::{self, Call, Due},
};

/// Calls to a carrier that are under way at once.
const ROOM: NonZeroUsize = NonZeroUsize::new(20).unwrap();

/// The job of a carrier.
pub fn job(db: Db, desk: Desk, carrier: Arc<dyn Carrier>) -> Job {
    // Jobs live as long as the process.
    let lanes = Box::leak(Box::new([carrier.code()]));
    Job::pool("bookings", Duration::from_secs(1), Calls { db, desk, carrier, lanes })
}

/// Calls to a carrier: one that hangs holds up no other.
struct Calls {
    db: Db,
    desk: Desk,
    carrier: Arc<dyn Carrier>,
    lanes: &'static [&'static str],
}

impl Pool for Calls {
    type Row = Due;

    fn lanes(&self) -> &'static [&'static str] {
        self.lanes
    }

    fn room(&self) -> NonZeroUsize {
        ROOM
    }

    fn lane<'a>(&self, _: &'a Due) -> &'a str {
        self.carrier.code()
    }

    fn claim(&self, room: Room) -> BoxFuture<'_, anyhow::Result<Vec<Due>>> {
        let (db, carrier) = (&self.db, self.carrier.code());
        let limit = room.rows.into_iter().sum();
        Box::pin(
            async move { Ok(bookings::claim(db.pool(), carrier, db.clock().now(), LEASE, limit).await?) },
        )
    }

    fn work(&self, due: Due) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(one(&self.db, &self.desk, &*self.carrier, due))
    }
}

/// Shows how many parcels wait for staff because their carrier does not take them.
pub fn refused(db: Db, metrics: ShipmentMetrics) -> Job {
    Job::every("refused", Duration::from_secs(15), move || {
        let (db, metrics) = (db.clone(), metrics.clone());
        Box::pin(async move {
            metrics.refused(bookings::count_refused(db.pool()).await?);
            Ok(0)
        })
    })
}

async fn one(db: &Db, desk: &Desk, carrier: &dyn Carrier, due: Due) -> anyhow::Result<()> {
    match &due.call {
        Call::Book(booking) => book(db, desk, carrier, &due, booking).await,
        Call::CallOff(number) => call_off(db, desk, carrier, &due, number).await,
    }
}

async fn book(
    db: &Db,
    desk: &Desk,
    carrier: &dyn Carrier,
    due: &Due,
    booking: &Booking,
) -> anyhow::Result<()> {
    match call::make(&desk.metrics, carrier.code(), carrier.book(booking)).await {
        Ok(booked) => {
            let mut tx = db.begin().await?;
            book::run(&mut tx, desk, due, &booked).await?;
            Ok(tx.commit().await?)
        }
        Err(Trouble::Refused(reason)) => {
            tracing::warn!(parcel = %due.parcel, carrier = carrier.code(), reason, "the carrier does not take a parcel");
            let mut tx = db.begin().await?;
            book::refused(&mut tx, desk, due, &reason).await?;
            Ok(tx.commit().await?)
        }
        Err(Trouble::NoAnswer(error)) => put_off(db, carrier, due, &error).await,
    }
}

async fn call_off(
    db: &Db,
    desk: &Desk,
    carrier: &dyn Carrier,
    due: &Due,
    number: &str,
) -> anyhow::Result<()> {
    let let_go = match call::make(&desk.metrics, carrier.code(), carrier.cancel(number)).await {
        Ok(()) => true,
        Err(Trouble::Refused(_)) => false,
        Err(Trouble::NoAnswer(error)) => return put_off(db, carrier, due, &error).await,
    };
    let mut tx = db.begin().await?;
    book::called_off(&mut tx, desk, due, let_go).await?;
    Ok(tx.commit().await?)
}

async fn put_off(db: &Db, carrier: &dyn Carrier, due: &Due, error: &anyhow::Error) -> anyhow::Result<()> {
    let tries = due.tries + 1;
    tracing::warn!(parcel = %due.parcel, carrier = carrier.code(), tries, %error, "a carrier does not answer; it is asked again");
    let due_at = db.clock().now() + AGAIN.after(tries);
    Ok(bookings::put_off(db.pool(), (due.parcel, due.key), due_at).await?)
}
