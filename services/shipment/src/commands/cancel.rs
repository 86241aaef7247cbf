//! An order is cancelled: what has not left stays here, what has is called back.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::OrderCancelled,
    id::{OrderId, ShipmentId},
};

use super::{
    Desk,
    record::{self, Happened},
};
use crate::{
    domain::Fact,
    store::{
        parcels,
        shipments::{self, Busy},
        stops, tracking,
    },
};

/// Cancels or recalls the parcels of an order, or remembers that none may be made.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, desk: &Desk, order: OrderCancelled) -> Result<(), sqlx::Error> {
    let (id, at) = (ShipmentId(tx.new_uuid()), tx.now());
    if !shipments::insert_cancelled(tx.conn(), id, &order, at).await? {
        parcels(tx, desk, order.order_id).await?;
    }
    stops::lift(tx.conn(), order.order_id, None).await
}

/// Cancels or recalls the parcels of an order that ended, once; says whether it is known what it ships, or that it ships
/// nothing.
///
/// # Errors
///
/// When the store is away.
pub async fn parcels(tx: &mut Tx, desk: &Desk, order: OrderId) -> Result<bool, sqlx::Error> {
    let at = tx.now();
    let Some(shipment) = shipments::lock(tx.conn(), order).await? else {
        return shipments::is_known(tx.conn(), order).await;
    };
    let happened = parcels::of(tx.conn(), &[shipment.id]).await?.into_iter().map(|parcel| Happened {
        parcel: parcel.id,
        key: tracking::ORDER_CANCELLED.into(),
        fact: Fact::OrderCancelled,
        description: None,
        location: None,
        author: None,
        at,
    });
    record::run(tx, desk, &[shipment.id], Busy::Wait, happened.collect()).await?;
    Ok(true)
}
