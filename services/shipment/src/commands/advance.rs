//! A parcel goes one step on: moved by an administrator or by its carrier.

use time::OffsetDateTime;
use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use crate::{
    domain::{Fact, Shipment, State, Step, step},
    metrics::ShipmentMetrics,
    store::shipments,
};

/// Why it can't go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the order {0} has no parcel")]
    Unknown(OrderId),
    #[error("a parcel that is {0} can't go on")]
    Ended(State),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Moves the parcel of an order.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, metrics: &ShipmentMetrics, order: OrderId) -> Result<Shipment, Error> {
    let shipment = shipments::lock(tx.conn(), order).await?.ok_or(Error::Unknown(order))?;
    apply(tx, metrics, shipment).await
}

/// Moves the parcel that waits longest in its state, since `before` or earlier, if there is one.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn next(
    tx: &mut Tx,
    metrics: &ShipmentMetrics,
    before: OffsetDateTime,
) -> Result<Option<Shipment>, Error> {
    match shipments::lock_waiting(tx.conn(), before).await? {
        Some(shipment) => apply(tx, metrics, shipment).await.map(Some),
        None => Ok(None),
    }
}

async fn apply(tx: &mut Tx, metrics: &ShipmentMetrics, mut shipment: Shipment) -> Result<Shipment, Error> {
    match step(shipment.state, Fact::Moved) {
        Step::To(next) => shipment.state = next,
        Step::Stay => return Ok(shipment),
        Step::Refused => return Err(Error::Ended(shipment.state)),
    }
    shipment.state_at = tx.now();
    shipments::update(tx.conn(), &shipment).await?;
    super::entered(tx, metrics, &shipment).await?;
    Ok(shipment)
}
