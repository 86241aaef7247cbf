//! An administrator moves an order's parcels one step on.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, ParcelId, ShipmentId, UserId};

use super::{
    Desk, Error,
    record::{self, Happened, Held},
    stop,
};
use crate::{
    domain::State,
    store::{
        bookings, parcels,
        shipments::{self, Busy},
    },
};

/// Moves the least advanced parcels of an order one step on, the way it goes when all is well.
///
/// # Errors
///
/// When there are none, all have ended, the order is being cancelled, or one that waits has no carrier or tracking number yet.
pub async fn run(tx: &mut Tx, desk: &Desk, order: OrderId, author: UserId) -> Result<Held, Error> {
    let shipment = shipments::lock(tx.conn(), order).await?.ok_or(Error::NoShipment(order))?;
    let parcels = parcels::of(tx.conn(), &[shipment.id]).await?;
    let least = State::overall(parcels.iter().map(|parcel| parcel.state)).ok_or(Error::NoShipment(order))?;
    let fact = least.next().ok_or(Error::Past(least))?;
    if least == State::Created {
        stop::check(tx, order).await?;
    }
    let at = tx.now();
    if parcels.iter().any(|parcel| parcel.state == State::Created && !desk.carriers.have_numbered(parcel)) {
        return Err(Error::NotBooked);
    }
    let waiting = parcels.iter().filter(|parcel| parcel.state == State::Created);
    let waiting: Vec<ParcelId> = waiting.map(|parcel| parcel.id).collect();
    if bookings::are_called_off(tx.conn(), &waiting).await? {
        return Err(Error::Rebooked);
    }
    let happened = parcels.iter().filter(|parcel| parcel.state == least).map(|parcel| Happened {
        parcel: parcel.id,
        key: format!("advanced from {least}"),
        fact,
        description: None,
        location: None,
        author: Some(author),
        at,
    });
    let happened: Vec<Happened> = happened.collect();
    one(tx, desk, shipment.id, happened).await
}

/// Records what happened to parcels of one shipment.
///
/// # Errors
///
/// When the store is away.
pub async fn one(tx: &mut Tx, desk: &Desk, id: ShipmentId, happened: Vec<Happened>) -> Result<Held, Error> {
    let held = record::run(tx, desk, &[id], Busy::Wait, happened).await?;
    held.into_iter().next().ok_or(Error::Store(sqlx::Error::RowNotFound))
}
