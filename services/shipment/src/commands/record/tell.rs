//! A parcel entered a state: others are told.

use warung_chassis::db::Tx;
use warung_contracts::event::{
    ReturnedItem, ShipmentDelivered, ShipmentDispatched, ShipmentFailed, ShipmentReturned,
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
        parcel: Some(parcel.number),
        parcels,
        remaining,
    }
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
