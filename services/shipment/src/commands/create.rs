//! An order is confirmed: its parcel is packed.

use warung_chassis::db::Tx;
use warung_contracts::{event::OrderConfirmed, id::ShipmentId};

use crate::{
    carrier,
    domain::{Shipment, State},
    metrics::ShipmentMetrics,
    store::{cancelled_orders, shipments},
};

/// Makes the parcel of an order, once, and none for an order that was cancelled.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, metrics: &ShipmentMetrics, order: OrderConfirmed) -> Result<(), sqlx::Error> {
    let OrderConfirmed { order_id, number, user_id, lines, shipping_address, .. } = order;
    cancelled_orders::lock_order(tx.conn(), order_id).await?;
    if cancelled_orders::contains(tx.conn(), order_id).await? {
        tracing::info!(order = %order_id, "confirmed after it was cancelled; no parcel is made");
        return Ok(());
    }
    let (id, now) = (ShipmentId(tx.new_uuid()), tx.now());
    let shipment = Shipment {
        id,
        order_id,
        order_number: number,
        user_id,
        state: State::Created,
        carrier: carrier::NAME.to_owned(),
        tracking_number: carrier::tracking_number(id),
        shipping_address,
        lines,
        created_at: now,
        state_at: now,
    };
    if shipments::insert(tx.conn(), &shipment).await? {
        super::entered(tx, metrics, &shipment).await?;
    }
    Ok(())
}
