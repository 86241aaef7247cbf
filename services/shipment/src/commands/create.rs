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
    domain::{Packed, Parcel, Shipment, State, pack, weight_grams},
    store::{bookings, claims, parcels, shipments, tracking},
};

/// The version of what is told of parcels first, which the table writes of new rows.
const FIRST: i64 = 1;

/// Packs what an order ships, once, and nothing of an order that was cancelled.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, desk: &Desk, order: OrderConfirmed) -> Result<(), sqlx::Error> {
    let OrderConfirmed { order_id, number, user_id, lines, shipping_address, order_token_hash, .. } = order;
    let (id, created_at) = (ShipmentId(tx.new_uuid()), tx.now());
    let (order_number, owner) = (number, claims::owner(tx.conn(), order_id, user_id).await?);
    let shipment = Shipment {
        id,
        order_id,
        order_number,
        user_id: owner,
        order_token_hash: order_token_hash.filter(|_| owner == user_id),
        shipping_address,
        lines,
        version: FIRST,
        created_at,
    };
    let packed = pack::pack(&shipment.lines, desk.parcel_max_grams).into_iter().zip(1..);
    let packed: Vec<Parcel> =
        packed.map(|(items, number)| parcel(tx, desk, &shipment, number, items)).collect();
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
pub fn parcel(tx: &Tx, desk: &Desk, shipment: &Shipment, number: u32, items: Vec<Packed>) -> Parcel {
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
        state_at: tx.now(),
    }
}

/// Writes a new parcel, that it is packed, by `author` where somebody of the shop did it, and that its carrier is to be
/// asked where it has to be.
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
    let poll_at = desk.carriers.poll_at(&parcel.carrier, parcel.state, now).filter(|_| !parcel.is_unbooked());
    parcels::insert(tx.conn(), parcel, poll_at).await?;
    if parcel.is_unbooked() && desk.carriers.get(&parcel.carrier).is_some() {
        bookings::insert(tx.conn(), parcel.id, &parcel.carrier, now).await?;
    }
    let entry = tracking::Entry {
        parcel: parcel.id,
        key: tracking::PACKED.into(),
        state: parcel.state,
        description: parcel.state.description().into(),
        location: None,
        author,
        at: parcel.state_at,
    };
    tracking::insert(tx.conn(), &[entry]).await?;
    desk.metrics.entered(tx, parcel.state);
    Ok(())
}
