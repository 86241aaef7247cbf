//! Changes how many items there are: a delivery, a count, a write-off.

use warung_chassis::db::Tx;
use warung_contracts::id::{LocationId, VariantId};

use super::{Error, book::book};
use crate::{
    domain::{
        movement::{Kind, Parts, move_all},
        shelf::Level,
    },
    store::{
        stock::{self, Cause},
        variants,
    },
};

/// What to change.
#[derive(Debug, Clone)]
pub struct Input {
    pub variant_id: VariantId,
    /// The default place when none is named.
    pub location_id: Option<LocationId>,
    /// Items that came (positive) or went.
    pub delta: i64,
    /// Why, in the words of who does it.
    pub reason: String,
    /// Who does it.
    pub actor: String,
}

/// Changes it; returns how it is at that place afterwards.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, input: Input) -> Result<Level, Error> {
    let Input { variant_id, location_id, delta, reason, actor } = input;
    let (place, shelves) = shelf(tx, variant_id, location_id).await?;
    let before = shelves.get(&variant_id).and_then(|shelf| shelf.at(place)).copied();
    let before = before.ok_or(Error::NoVariant(variant_id))?;
    if delta == 0 {
        return Ok(before);
    }
    let removable = before.stock.removable();
    let out_of_range = || Error::OutOfRange { available: removable, delta };
    if delta < -removable {
        return Err(out_of_range());
    }
    let parts = Parts::from([((variant_id, place), delta)]);
    let movements = move_all(Kind::Adjusted, &parts, &shelves).map_err(|_| out_of_range())?;
    book(tx, &shelves, &movements, Cause::Person { actor: &actor, reason: &reason }).await?;
    Ok(Level { stock: movements.first().map_or(before.stock, |movement| movement.after), ..before })
}

/// The variant's stock, locked, with room at the place.
pub(super) async fn shelf(
    tx: &mut Tx,
    variant_id: VariantId,
    location_id: Option<LocationId>,
) -> Result<(LocationId, crate::domain::shelf::Shelves), Error> {
    let product = variants::product_of(tx.conn(), variant_id).await?.ok_or(Error::NoVariant(variant_id))?;
    let place = stock::open(tx.conn(), product, variant_id, location_id).await?;
    let place = place.ok_or(location_id.map_or(Error::NoVariant(variant_id), Error::NoLocation))?;
    Ok((place, stock::lock(tx.conn(), [variant_id]).await?))
}

/// Counts: changes it by what is missing to this many; returns how it is at that place afterwards.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn count(tx: &mut Tx, input: Input, counted: u32) -> Result<Level, Error> {
    let (place, shelves) = shelf(tx, input.variant_id, input.location_id).await?;
    let level = shelves.get(&input.variant_id).and_then(|shelf| shelf.at(place));
    let on_hand = level.map_or(0, |level| level.stock.on_hand());
    run(tx, Input { delta: i64::from(counted) - on_hand, ..input }).await
}
