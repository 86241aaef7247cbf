//! An order is cancelled: a parcel that has not left stays here.

use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use crate::{
    domain::{Fact, Step, step},
    metrics::ShipmentMetrics,
    store::{cancelled_orders, shipments},
};

/// Cancels the parcel of an order, or remembers that none may be made.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, metrics: &ShipmentMetrics, order: OrderId) -> Result<(), sqlx::Error> {
    cancelled_orders::lock_order(tx.conn(), order).await?;
    let now = tx.now();
    let Some(mut shipment) = shipments::lock(tx.conn(), order).await? else {
        return cancelled_orders::insert(tx.conn(), order, now).await;
    };
    match step(shipment.state, Fact::OrderCancelled) {
        Step::To(next) => shipment.state = next,
        Step::Stay | Step::Refused => {
            tracing::warn!(%order, state = %shipment.state, "cancelled after its parcel left");
            return Ok(());
        }
    }
    shipment.state_at = now;
    shipments::update(tx.conn(), &shipment).await?;
    super::entered(tx, metrics, &shipment).await
}
