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
    let (shipment, parcel) = (&held.shipment, &held.parcels[at]);
    let (order_id, shipment_id, user_id) = (shipment.order_id, shipment.id, shipment.user_id);
    let parcels = u32::try_from(held.parcels.len()).ok();
    let (number, remaining) = (Some(parcel.number), u32::try_from(held.remaining()).ok());
    match parcel.state {
        State::Dispatched => {
            let carrier = desk.carriers.title(&parcel.carrier).to_owned();
            let tracking_number = parcel.tracking_number.clone();
            tx.emit(&ShipmentDispatched {
                order_id,
                shipment_id,
                user_id,
                carrier,
                tracking_number,
                parcel: number,
                parcels,
                remaining,
            })
            .await?;
        }
        State::Delivered => {
            tx.emit(&ShipmentDelivered {
                order_id,
                shipment_id,
                user_id,
                parcel: number,
                parcels,
                remaining,
            })
            .await?;
        }
        State::Failed => {
            let reason = reason.to_owned();
            tx.emit(&ShipmentFailed {
                order_id,
                shipment_id,
                user_id,
                reason,
                parcel: number,
                parcels,
                remaining,
            })
            .await?;
        }
        State::Returned => {
            let lines = Some(content(held, parcel));
            tx.emit(&ShipmentReturned {
                order_id,
                shipment_id,
                user_id,
                lines,
                parcel: number,
                parcels,
                remaining,
            })
            .await?;
        }
        // Its order knows: it asked for it.
        State::Created | State::Recalled | State::Cancelled => {}
    }
    desk.metrics.entered(tx, parcel.state);
    Ok(())
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
