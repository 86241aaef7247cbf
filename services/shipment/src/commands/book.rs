//! A carrier takes a parcel, or does not.

use warung_chassis::db::Tx;

use super::{
    Desk, readdress,
    record::{Held, changed, hold},
};
use crate::{
    carriers::Booked,
    domain::{Parcel, State},
    store::{
        bookings::{self, Due},
        parcels,
        shipments::Busy,
        tracking,
    },
};

/// Gives a parcel the number of its carrier. One that was cancelled, or went with somebody else meanwhile, stays as it is,
/// and the carrier is told that it stays.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, desk: &Desk, due: &Due, booked: &Booked) -> Result<(), sqlx::Error> {
    let mut held = hold(tx, &[due.shipment], Busy::Wait).await?;
    let is_it =
        |other: &Parcel| other.id == due.parcel && other.state == State::Created && other.is_unbooked();
    // What was booked to an address that is corrected is called off.
    let wanted = held.iter_mut().filter(|held| held.shipment.correction.is_none());
    let waiting = wanted.into_iter().find_map(|held| Some((held.parcels.iter().position(is_it)?, held)));
    let now = tx.now();
    let unwanted_at = waiting.is_none().then_some(now);
    if !bookings::booked(tx.conn(), (due.parcel, due.key), booked, unwanted_at).await? {
        return Ok(());
    }
    match waiting {
        Some((at, held)) => number(tx, desk, (held, at), due, booked).await,
        None => Ok(()),
    }
}

/// The carrier does not take a parcel. Where its address is corrected, that is no matter any more.
///
/// # Errors
///
/// When the store is away.
pub async fn refused(tx: &mut Tx, desk: &Desk, due: &Due, reason: &str) -> Result<(), sqlx::Error> {
    let (held, now) = (hold(tx, &[due.shipment], Busy::Wait).await?, tx.now());
    bookings::refused(tx.conn(), (due.parcel, due.key), reason, now).await?;
    for mut held in held.into_iter().filter(|held| held.shipment.correction.is_some()) {
        bookings::release(tx.conn(), &[due.parcel], now).await?;
        settle(tx, desk, &mut held).await?;
    }
    Ok(())
}

/// The carrier was told that a parcel stays. One that does not let go has fetched it, and says so by itself: where it was to
/// be asked anew, for another address, the parcel goes as it is.
///
/// # Errors
///
/// When the store is away.
pub async fn called_off(tx: &mut Tx, desk: &Desk, due: &Due, let_go: bool) -> Result<(), sqlx::Error> {
    let held = hold(tx, &[due.shipment], Busy::Wait).await?.into_iter().next();
    let is_here = |held: &Held| {
        held.parcels.iter().any(|parcel| parcel.id == due.parcel && parcel.state == State::Created)
    };
    let (key, now) = ((due.parcel, due.key), tx.now());
    match held.filter(is_here) {
        Some(mut held) if !let_go => {
            if bookings::kept(tx.conn(), due.parcel, due.key).await? {
                readdress::keep(tx, &mut held).await?;
                settle(tx, desk, &mut held).await?;
            }
            Ok(())
        }
        here => {
            bookings::released(tx.conn(), key, now).await?;
            match here {
                Some(mut held) => settle(tx, desk, &mut held).await,
                None => Ok(()),
            }
        }
    }
}

async fn settle(tx: &mut Tx, desk: &Desk, held: &mut Held) -> Result<(), sqlx::Error> {
    match readdress::settle(tx, desk, held).await? {
        true => changed(tx, desk, held).await,
        false => Ok(()),
    }
}

async fn number(
    tx: &mut Tx,
    desk: &Desk,
    (held, at): (&mut Held, usize),
    due: &Due,
    booked: &Booked,
) -> Result<(), sqlx::Error> {
    held.parcels[at].tracking_number.clone_from(&booked.tracking_number);
    changed(tx, desk, held).await?;
    let parcel = &held.parcels[at];
    parcels::update_content(tx.conn(), parcel).await?;
    let (now, state) = (tx.now(), parcel.state);
    let poll_at = desk.carriers.poll_at(&parcel.carrier, state, now);
    parcels::update_states(tx.conn(), &[(parcel, poll_at)]).await?;
    let entry = tracking::Entry {
        parcel: parcel.id,
        key: if due.key == parcel.id.uuid() {
            tracking::BOOKED.into()
        } else {
            format!("{} {}", tracking::BOOKED, due.key)
        },
        state,
        description: "The carrier expects the parcel.".into(),
        location: None,
        author: None,
        at: now,
    };
    tracking::insert(tx.conn(), &[entry]).await
}
