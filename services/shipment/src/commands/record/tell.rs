//! A parcel entered a state: others are told.

use warung_chassis::db::Tx;
use warung_contracts::event::{
    ParcelState, ReturnItem, ReturnedItem, ShipmentChanged, ShipmentDelivered, ShipmentDispatched,
    ShipmentFailed, ShipmentRecalled, ShipmentReturned, ShipmentTrackingCorrected, ShippedItem,
    ShippedParcel,
};

use super::Held;
use crate::{
    commands::Desk,
    domain::{Parcel, State},
};

/// Tells and counts that the parcel at this place of its shipment entered its state.
pub async fn entered(
    tx: &mut Tx,
    desk: &Desk,
    held: &Held,
    at: usize,
    reason: &str,
) -> Result<(), sqlx::Error> {
    let parcel = &held.parcels[at];
    match parcel.state {
        State::Dispatched => tx.emit(&dispatched(desk, held, parcel)).await?,
        State::Delivered => tx.emit(&delivered(held, parcel)).await?,
        State::Failed => tx.emit(&failed(held, parcel, reason)).await?,
        State::Returned => tx.emit(&returned(held, parcel)).await?,
        // Its order knows: it asked for it.
        State::Created | State::Recalled | State::Cancelled => {}
    }
    desk.metrics.entered(tx, parcel.state);
    Ok(())
}

/// Parcels of a shipment, and those of them that are still to come.
fn counts(held: &Held) -> (Option<u32>, Option<u32>) {
    (u32::try_from(held.parcels.len()).ok(), u32::try_from(held.remaining()).ok())
}

fn dispatched(desk: &Desk, held: &Held, parcel: &Parcel) -> ShipmentDispatched {
    let (shipment, (parcels, remaining)) = (&held.shipment, counts(held));
    ShipmentDispatched {
        order_id: shipment.order_id,
        shipment_id: shipment.id,
        user_id: shipment.user_id,
        carrier: desk.carriers.title(&parcel.carrier).to_owned(),
        tracking_number: parcel.tracking_number.clone(),
        tracking_url: desk.carriers.tracking_url(parcel),
        parcel: Some(parcel.number),
        parcels,
        remaining,
    }
}

/// Tells who carries a parcel, and under which number, in place of what was told when it left.
///
/// # Errors
///
/// When the store is away.
pub async fn corrected(tx: &mut Tx, desk: &Desk, held: &Held, parcel: &Parcel) -> Result<(), sqlx::Error> {
    let shipment = &held.shipment;
    tx.emit(&ShipmentTrackingCorrected {
        order_id: shipment.order_id,
        shipment_id: shipment.id,
        user_id: shipment.user_id,
        carrier: desk.carriers.title(&parcel.carrier).to_owned(),
        tracking_number: parcel.tracking_number.clone(),
        tracking_url: desk.carriers.tracking_url(parcel),
        parcel: parcel.number,
        parcels: u32::try_from(held.parcels.len()).unwrap_or(u32::MAX),
    })
    .await
}

fn delivered(held: &Held, parcel: &Parcel) -> ShipmentDelivered {
    let (shipment, (parcels, remaining)) = (&held.shipment, counts(held));
    ShipmentDelivered {
        order_id: shipment.order_id,
        shipment_id: shipment.id,
        user_id: shipment.user_id,
        parcel: Some(parcel.number),
        parcels,
        remaining,
    }
}

fn failed(held: &Held, parcel: &Parcel, reason: &str) -> ShipmentFailed {
    let (shipment, (parcels, remaining)) = (&held.shipment, counts(held));
    ShipmentFailed {
        order_id: shipment.order_id,
        shipment_id: shipment.id,
        user_id: shipment.user_id,
        reason: reason.to_owned(),
        parcel: Some(parcel.number),
        parcels,
        remaining,
    }
}

fn returned(held: &Held, parcel: &Parcel) -> ShipmentReturned {
    let (shipment, (parcels, remaining)) = (&held.shipment, counts(held));
    ShipmentReturned {
        order_id: shipment.order_id,
        shipment_id: shipment.id,
        user_id: shipment.user_id,
        lines: Some(content(held, parcel)),
        parcel: Some(parcel.number),
        parcels,
        remaining,
    }
}

fn content(held: &Held, parcel: &Parcel) -> Vec<ReturnedItem> {
    let item = |packed: &crate::domain::Packed| {
        let line = held.shipment.lines.get(packed.line)?;
        Some(ReturnedItem {
            product_id: line.product_id,
            variant_id: line.variant_id,
            quantity: packed.quantity,
        })
    };
    parcel.items.iter().filter_map(item).collect()
}

/// Tells that a parcel is not here although its order was cancelled.
pub async fn missing(tx: &mut Tx, desk: &Desk, held: &Held, at: usize) -> Result<(), sqlx::Error> {
    let (shipment, parcel) = (&held.shipment, &held.parcels[at]);
    let item = |packed: &crate::domain::Packed| {
        let line = shipment.lines.get(packed.line)?;
        let (sku, name, variant_name) = (line.sku.clone(), line.name.clone(), line.variant_name.clone());
        Some(ReturnItem { sku, name, variant_name, quantity: packed.quantity })
    };
    let recalled = ShipmentRecalled {
        order_id: shipment.order_id,
        shipment_id: shipment.id,
        number: shipment.order_number.clone(),
        parcel: parcel.number,
        carrier: desk.carriers.title(&parcel.carrier).to_owned(),
        tracking_number: parcel.tracking_number.clone(),
        items: parcel.items.iter().filter_map(item).collect(),
        delivered: (parcel.state == State::Delivered).then_some(true),
    };
    tx.emit(&recalled).await
}

/// Tells what all parcels of a shipment are now, under its version.
///
/// # Errors
///
/// When the store is away.
pub async fn parcels(tx: &mut Tx, desk: &Desk, held: &Held) -> Result<(), sqlx::Error> {
    let Held { shipment, parcels } = held;
    let parcels = parcels.iter().map(|parcel| shipped(desk, parcel)).collect();
    let (order_id, shipment_id, version) = (shipment.order_id, shipment.id, shipment.version);
    tx.emit(&ShipmentChanged { order_id, shipment_id, version, parcels }).await
}

fn shipped(desk: &Desk, parcel: &Parcel) -> ShippedParcel {
    let item = |packed: &crate::domain::Packed| {
        Some(ShippedItem { line: u32::try_from(packed.line).ok()?, quantity: packed.quantity })
    };
    ShippedParcel {
        number: parcel.number,
        state: told(parcel.state),
        carrier: desk.carriers.title(&parcel.carrier).to_owned(),
        tracking_number: parcel.given_number().map(str::to_owned),
        tracking_url: desk.carriers.tracking_url(parcel),
        since: parcel.state_at,
        items: parcel.items.iter().filter_map(item).collect(),
        place: parcel.place.clone(),
        backordered: Some(parcel.owed()).filter(|owed| *owed > 0),
    }
}

/// The state as others know it.
pub fn told(state: State) -> ParcelState {
    match state {
        State::Created => ParcelState::Created,
        State::Dispatched => ParcelState::Dispatched,
        State::Recalled => ParcelState::Recalled,
        State::Failed => ParcelState::Failed,
        State::Delivered => ParcelState::Delivered,
        State::Returned => ParcelState::Returned,
        State::Cancelled => ParcelState::Cancelled,
    }
}
