//! Somebody cancels an order: until it is known what became of that, nothing of it is handed over or booked.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use super::{Desk, Error, cancel};
use crate::store::{
    claims, parcels, shipments,
    stops::{self, Due},
};

/// How long order has to cancel or not before it is asked. It cancels nothing by an answer that is half as old.
const PATIENCE: Duration = Duration::minutes(1);

/// Holds what an order ships, also what is packed only later; says whether all of it is here still. When some has left,
/// nothing is held.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, order: OrderId) -> Result<bool, sqlx::Error> {
    // Whoever packs the order now is waited for; whoever packs it later is held.
    claims::hold(tx.conn(), order).await?;
    if let Some(shipment) = shipments::lock(tx.conn(), order).await? {
        let parcels = parcels::of(tx.conn(), &[shipment.id]).await?;
        if parcels.iter().any(|parcel| parcel.state.has_left()) {
            return Ok(false);
        }
    }
    let now = tx.now();
    stops::insert(tx.conn(), order, now, now + PATIENCE).await?;
    Ok(true)
}

/// Refuses what can't be done with parcels that are held; the unit of work holds their shipment.
///
/// # Errors
///
/// [`Error::BeingCancelled`] when they are.
pub async fn check(tx: &mut Tx, order: OrderId) -> Result<(), Error> {
    match stops::holds(tx.conn(), order).await? {
        true => Err(Error::BeingCancelled),
        false => Ok(()),
    }
}

/// Order said what became of a stop: the parcels stay here for good, or go their way. Of an order
/// that is not known yet they stay held until the news of its end is here, too.
///
/// # Errors
///
/// When the store is away.
pub async fn settle(
    tx: &mut Tx,
    desk: &Desk,
    Due { order, stopped_at }: Due,
    cancelled: bool,
) -> Result<(), sqlx::Error> {
    if cancelled && !cancel::parcels(tx, desk, order).await? {
        return Ok(());
    }
    stops::lift(tx.conn(), order, (!cancelled).then_some(stopped_at)).await
}
