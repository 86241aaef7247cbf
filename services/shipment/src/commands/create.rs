//! An order is confirmed: its parcels are packed.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{OrderConfirmed, ShipmentCreated},
    id::{ParcelId, ShipmentId, UserId},
};

use super::{
    Desk,
    record::{Held, tell},
};
use crate::{
    domain::{
        Parcel, Shipment, State,
        pack::{self, Filled},
        weight_grams,
    },
    store::{bookings, claims, parcels, shipments, tracking},
};

/// The version of what is told first: of parcels, which the table writes of new rows, and of the address.
const FIRST: i64 = 1;

/// Packs what an order ships, once, and nothing of an order that was cancelled.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, desk: &Desk, order: OrderConfirmed) -> Result<(), sqlx::Error> {
    let OrderConfirmed { order_id, number, user_id, lines, shipping_address, order_token_hash, .. } = order;
    let (served_from, address_version) = (order.served_from, order.address_version);
    let (id, created_at) = (ShipmentId(tx.new_uuid()), tx.now());
    let (order_number, owner) = (number, claims::owner(tx.conn(), order_id, user_id).await?);
    let shipment = Shipment {
        id,
        order_id,
        order_number,
        user_id: owner,
        order_token_hash: order_token_hash.filter(|_| owner == user_id),
        shipping_address,
        address_version: address_version.unwrap_or(FIRST),
        correction: None,
        lines,
        version: FIRST,
        created_at,
    };
    let packed = pack::pack(&shipment.lines, &served_from, desk.parcel_max_grams).into_iter().zip(1..);
    let packed: Vec<Parcel> =
        packed.map(|(filled, number)| parcel(tx, desk, &shipment, number, filled)).collect();
    // An order without lines is no order.
    let Some(first) = packed.first() else { return Ok(()) };
    if !shipments::insert(tx.conn(), &shipment, first).await? {
        tracing::info!(order = %order_id, "confirmed again, or after it was cancelled; nothing is packed");
        return Ok(());
    }
    for parcel in &packed {
        insert(tx, desk, parcel, None).await?;
    }
    tx.emit(&ShipmentCreated { order_id, shipment_id: id, user_id: owner }).await?;
    tell::parcels(tx, desk, &Held { shipment, parcels: packed }).await
}

/// A new parcel of the carrier that takes new ones, or of none, until staff name one.
pub fn parcel(tx: &Tx, desk: &Desk, shipment: &Shipment, number: u32, filled: Filled) -> Parcel {
    let Filled { place, backordered, items } = filled;
    let (id, carrier) = (ParcelId(tx.new_uuid()), desk.carriers.first());
    Parcel {
        id,
        shipment_id: shipment.id,
        number,
        state: State::Created,
        carrier: carrier.map(|carrier| carrier.code().to_owned()).unwrap_or_default(),
        tracking_number: carrier
            .and_then(|carrier| carrier.own_number(id))
            .unwrap_or_else(|| Parcel::provisional_number(id)),
        tracking_url: None,
        weight_grams: weight_grams(&shipment.lines, &items),
        items,
        place,
        backordered,
        state_at: tx.now(),
    }
}

/// Writes a new parcel, that it is packed, by `author` where somebody of the shop did it, and that its carrier is to be
/// asked where it has to be. One that waits for goods is left to staff.
///
/// # Errors
///
/// When the store is away.
pub async fn insert(
    tx: &mut Tx,
    desk: &Desk,
    parcel: &Parcel,
    author: Option<UserId>,
) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let (waits, unbooked) = (parcel.awaits_goods(), parcel.is_unbooked());
    let poll_at = desk.carriers.poll_at(&parcel.carrier, parcel.state, now);
    parcels::insert(tx.conn(), parcel, poll_at.filter(|_| !unbooked && !waits)).await?;
    if unbooked && !waits && desk.carriers.get(&parcel.carrier).is_some() {
        bookings::insert(tx.conn(), parcel.id, &parcel.carrier, now).await?;
    }
    let entry = tracking::Entry {
        parcel: parcel.id,
        key: tracking::PACKED.into(),
        state: parcel.state,
        description: parcel.description().into(),
        location: None,
        author,
        at: parcel.state_at,
    };
    tracking::insert(tx.conn(), &[entry]).await?;
    desk.metrics.entered(tx, parcel.state);
    Ok(())
}
