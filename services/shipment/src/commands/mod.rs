//! What changes a parcel, one use case a file. A command gets a unit of work and never a client.

pub mod add_rate;
pub mod advance;
pub mod cancel;
pub mod create;
pub mod edit_rate;

use warung_chassis::db::Tx;
use warung_contracts::event::{ShipmentCreated, ShipmentDelivered, ShipmentDispatched};

use crate::{
    domain::{Shipment, State},
    metrics::ShipmentMetrics,
    store::tracking,
};

/// Notes and tells that a parcel entered its state.
async fn entered(tx: &mut Tx, metrics: &ShipmentMetrics, shipment: &Shipment) -> Result<(), sqlx::Error> {
    tracking::insert(tx.conn(), shipment).await?;
    let Shipment { id: shipment_id, order_id, user_id, .. } = *shipment;
    match shipment.state {
        State::Created => tx.emit(&ShipmentCreated { order_id, shipment_id, user_id }).await?,
        State::Dispatched => {
            let (carrier, tracking_number) = (shipment.carrier.clone(), shipment.tracking_number.clone());
            tx.emit(&ShipmentDispatched { order_id, shipment_id, user_id, carrier, tracking_number }).await?;
        }
        State::Delivered => tx.emit(&ShipmentDelivered { order_id, shipment_id, user_id }).await?,
        // Its order knows.
        State::Cancelled => {}
    }
    metrics.entered(tx, shipment.state);
    Ok(())
}
