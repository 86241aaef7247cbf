//! A carrier takes a parcel, or does not.

use warung_chassis::db::Tx;
use warung_contracts::id::{ParcelId, ShipmentId};

use super::{
    Desk,
    record::{Held, hold},
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
    let held = hold(tx, &[shipment], Busy::Wait).await?;
    let waiting = held
        .into_iter()
        .flat_map(|Held { parcels, .. }| parcels)
        .find(|other| other.id == parcel && other.state == State::Created && other.is_unbooked());
    let now = tx.now();
    let unwanted_at = waiting.is_none().then_some(now);
    bookings::booked(tx.conn(), parcel, booked, unwanted_at).await?;
    match waiting {
        Some(waiting) => number(tx, desk, waiting, booked).await,
        None => Ok(()),
    }
}

async fn number(tx: &mut Tx, desk: &Desk, parcel: Parcel, booked: &Booked) -> Result<(), sqlx::Error> {
    let parcel = Parcel { tracking_number: booked.tracking_number.clone(), ..parcel };
    parcels::update_content(tx.conn(), &parcel).await?;
    let (now, state) = (tx.now(), parcel.state);
    let poll_at = desk.carriers.poll_at(&parcel.carrier, state, now);
    parcels::update_states(tx.conn(), &[(&parcel, poll_at)]).await?;
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
