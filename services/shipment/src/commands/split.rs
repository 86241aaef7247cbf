//! Staff split a parcel that waits: some of its content goes into a new one.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, UserId};

use super::{
    Desk, Error, create,
    note::lock,
    record::{Held, changed, hold_one},
};
use crate::{
    domain::{
        Packed, State,
        pack::{self, Filled},
        weight_grams,
    },
    store::parcels,
};

/// Moves some of a parcel's content into a new parcel, which is last.
///
/// # Errors
///
/// When there is no such parcel, it has left, or it does not hold what is to be moved and more.
pub async fn run(
    tx: &mut Tx,
    desk: &Desk,
    (order, number): (OrderId, u32),
    author: UserId,
    moved: &[Packed],
) -> Result<Held, Error> {
    let (shipment, mut parcel) = lock(tx, order, number).await?;
    if parcel.state != State::Created {
        return Err(Error::Past(parcel.state));
    }
    let (stays, goes) = pack::split(&parcel.items, moved)?;
    parcel.weight_grams = weight_grams(&shipment.lines, &stays);
    parcel.items = stays;
    parcels::update_content(tx.conn(), &parcel).await?;
    let last = parcels::of(tx.conn(), &[shipment.id]).await?.iter().map(|parcel| parcel.number).max();
    let filled = Filled { place: parcel.place, backordered: parcel.backordered, items: goes };
    let new = create::parcel(tx, desk, &shipment, last.unwrap_or(0) + 1, filled);
    create::insert(tx, desk, &new, Some(author)).await?;
    let mut held = hold_one(tx, shipment.id).await?;
    changed(tx, desk, &mut held).await?;
    Ok(held)
}
