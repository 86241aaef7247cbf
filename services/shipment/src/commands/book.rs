//! A carrier takes a parcel, or does not.

use warung_chassis::db::Tx;
use warung_contracts::id::{ParcelId, ShipmentId};

use super::{
    Desk,
    record::{Held, changed, hold},
};
use crate::{
    carriers::Booked,
    domain::{Parcel, State},
    store::{bookings, parcels, shipments::Busy, tracking},
};

/// Gives a parcel the number of its carrier. One that was cancelled, or went with somebody else meanwhile, stays as it is,
/// and the carrier is told that it stays.
///
/// # Errors
///
/// When the store is away.
pub async fn run(
    tx: &mut Tx,
    desk: &Desk,
    (shipment, parcel): (ShipmentId, ParcelId),
    booked: &Booked,
) -> Result<(), sqlx::Error> {
    let mut held = hold(tx, &[shipment], Busy::Wait).await?;
    let is_it = |other: &Parcel| other.id == parcel && other.state == State::Created && other.is_unbooked();
    let waiting = held.iter_mut().find_map(|held| Some((held.parcels.iter().position(is_it)?, held)));
    let now = tx.now();
    let unwanted_at = waiting.is_none().then_some(now);
    bookings::booked(tx.conn(), parcel, booked, unwanted_at).await?;
    match waiting {
        Some((at, held)) => number(tx, desk, held, at, booked).await,
        None => Ok(()),
    }
}

async fn number(
    tx: &mut Tx,
    desk: &Desk,
    held: &mut Held,
    at: usize,
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
        key: tracking::BOOKED.into(),
        state,
        description: "The carrier expects the parcel.".into(),
        location: None,
        author: None,
        at: now,
    };
    tracking::insert(tx.conn(), &[entry]).await
}
