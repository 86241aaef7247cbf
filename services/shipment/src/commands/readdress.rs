//! The address of an order was corrected: what it ships goes there, unless a parcel has left.
//!
//! A carrier that took a parcel lets go of it first, and is asked anew then: so a parcel is never booked twice, and one that
//! the carrier has fetched meanwhile is not lost. Until then the parcels go where they went, and the correction waits with the
//! shipment.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{OrderAddressCorrected, ShipmentAddressKept},
    id::{OrderId, ParcelId},
};

use super::{
    Desk,
    record::{Held, changed, hold_one},
};
use crate::{
    domain::{Correction, Fate, Parcel, State},
    store::{
        bookings::{self, Knows},
        parcels, shipments, tracking,
    },
};

/// Why it can't be noted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("what the order {0} ships is not known yet")]
    NotPacked(OrderId),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Hears of the correction. What is older than what is known, or of an order that ships nothing, changes nothing.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, desk: &Desk, event: OrderAddressCorrected) -> Result<(), Error> {
    let OrderAddressCorrected { order_id, shipping_address: address, version, confirmed, .. } = event;
    if !shipments::is_known(tx.conn(), order_id).await? {
        // One that is confirmed later is confirmed with this address, or a newer.
        return if confirmed { Err(Error::NotPacked(order_id)) } else { Ok(()) };
    }
    let Some(shipment) = shipments::lock(tx.conn(), order_id).await? else { return Ok(()) };
    if version <= shipment.newest_address() {
        return Ok(());
    }
    let (mut held, now) = (hold_one(tx, shipment.id).await?, tx.now());
    held.shipment.correction = Some(Correction { address, version });
    if !held.has_left() {
        bookings::release(tx.conn(), &waiting(&held), now).await?;
    }
    shipments::save_address(tx.conn(), &held.shipment).await?;
    if settle(tx, desk, &mut held).await? {
        changed(tx, desk, &mut held).await?;
    }
    Ok(())
}

/// Ends the correction of a shipment that is held, if it can be; asks carriers anew that let go. Whether parcels are to be
/// told of.
///
/// # Errors
///
/// When the store is away.
pub async fn settle(tx: &mut Tx, desk: &Desk, held: &mut Held) -> Result<bool, sqlx::Error> {
    let known = bookings::known(tx.conn(), &waiting(held)).await?;
    if let Some(correction) = held.shipment.correction.clone() {
        // One that is switched off is not asked, and its bookings don't count.
        let knows = |(_, carrier, knows): &(ParcelId, String, Knows)| {
            *knows == Knows::It && desk.carriers.get(carrier).is_some()
        };
        match Fate::of(held.parcels.iter().map(|parcel| parcel.state), known.iter().any(knows)) {
            Fate::Waits => return Ok(false),
            Fate::Taken => take(tx, held, correction).await?,
            Fate::TooLate => keep(tx, held).await?,
            Fate::Needless => {
                held.shipment.correction = None;
                shipments::save_address(tx.conn(), &held.shipment).await?;
            }
        }
    }
    let mut told = false;
    for (parcel, carrier, _) in known.into_iter().filter(|(.., knows)| *knows == Knows::Released) {
        told |= ask_anew(tx, desk, held, (parcel, &carrier)).await?;
    }
    Ok(told)
}

/// The carrier has fetched a parcel with the label of before.
///
/// # Errors
///
/// When the store is away.
pub async fn keep(tx: &mut Tx, held: &mut Held) -> Result<(), sqlx::Error> {
    let Some(Correction { version, .. }) = held.shipment.correction.take() else { return Ok(()) };
    held.shipment.address_version = version;
    shipments::save_address(tx.conn(), &held.shipment).await?;
    if held.shipment.is_erased() {
        return Ok(());
    }
    let shipment = &held.shipment;
    let (order_id, shipment_id, user_id) = (shipment.order_id, shipment.id, shipment.user_id);
    let shipping_address = shipment.shipping_address.clone();
    tx.emit(&ShipmentAddressKept { order_id, shipment_id, user_id, version, shipping_address }).await
}

async fn take(tx: &mut Tx, held: &mut Held, correction: Correction) -> Result<(), sqlx::Error> {
    let Correction { address, version } = correction;
    let shipment = &mut held.shipment;
    (shipment.shipping_address, shipment.address_version, shipment.correction) = (address, version, None);
    shipments::save_address(tx.conn(), shipment).await?;
    let at = tx.now();
    let entry = |parcel: &Parcel| tracking::Entry {
        parcel: parcel.id,
        key: format!("{} {version}", tracking::ADDRESS),
        state: parcel.state,
        description: "The address was corrected.".into(),
        location: None,
        author: None,
        at,
    };
    let here = held.parcels.iter().filter(|parcel| parcel.state == State::Created);
    tracking::insert(tx.conn(), &here.map(entry).collect::<Vec<_>>()).await
}

/// Asks the carrier that let go of a parcel for it anew; whether it had numbered it.
async fn ask_anew(
    tx: &mut Tx,
    desk: &Desk,
    held: &mut Held,
    (id, carrier): (ParcelId, &str),
) -> Result<bool, sqlx::Error> {
    let (key, now) = (tx.new_uuid(), tx.now());
    let Some(parcel) = held.parcels.iter_mut().find(|parcel| parcel.id == id && parcel.carrier == carrier)
    else {
        return Ok(false);
    };
    if desk.carriers.get(carrier).is_some() {
        bookings::renew(tx.conn(), id, key, now).await?;
    }
    if parcel.is_unbooked() {
        return Ok(false);
    }
    parcel.tracking_number = Parcel::provisional_number(id);
    parcels::update_content(tx.conn(), parcel).await?;
    parcels::update_states(tx.conn(), &[(parcel, None)]).await?;
    Ok(true)
}

/// The parcels that have not left, nor will never.
fn waiting(held: &Held) -> Vec<ParcelId> {
    let here = held.parcels.iter().filter(|parcel| parcel.state == State::Created);
    here.map(|parcel| parcel.id).collect()
}
