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

/// An event of a parcel: what all of them say, and what this one says besides.
macro_rules! event {
    ($event:ident, $held:ident, $parcel:ident $(, $field:ident: $value:expr)* $(,)?) => {
        $event {
            order_id: $held.shipment.order_id,
            shipment_id: $held.shipment.id,
            user_id: $held.shipment.user_id,
            parcel: Some($parcel.number),
            parcels: u32::try_from($held.parcels.len()).ok(),
            remaining: u32::try_from($held.remaining()).ok(),
            $($field: $value),*
        }
    };
}

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
        State::Dispatched => {
            let carrier = desk.carriers.title(&parcel.carrier).to_owned();
            let tracking_number = parcel.tracking_number.clone();
            let event =
                event!(ShipmentDispatched, held, parcel, carrier: carrier, tracking_number: tracking_number);
            tx.emit(&event).await?;
        }
        State::Delivered => tx.emit(&event!(ShipmentDelivered, held, parcel)).await?,
        State::Failed => tx.emit(&event!(ShipmentFailed, held, parcel, reason: reason.to_owned())).await?,
        State::Returned => {
            let lines = Some(content(held, parcel));
            tx.emit(&event!(ShipmentReturned, held, parcel, lines: lines)).await?;
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
