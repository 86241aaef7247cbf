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

/// How many items there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Items that came (positive) or went.
    By(i64),
    /// Items that were counted, the reserved ones included.
    To(u32),
}

impl Change {
    /// What came or went where so many are on hand by the books.
    fn delta(self, on_hand: i64) -> i64 {
        match self {
            Self::By(delta) => delta,
            Self::To(counted) => i64::from(counted) - on_hand,
        }
    }
}

/// What to change.
#[derive(Debug, Clone)]
pub struct Input {
    pub variant_id: VariantId,
    /// The default place when none is named.
    pub location_id: Option<LocationId>,
    pub change: Change,
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
    let Input { variant_id, location_id, change, reason, actor } = input;
    let (place, shelves) = shelf(tx, variant_id, location_id).await?;
    let before = shelves.get(&variant_id).and_then(|shelf| shelf.at(place)).copied();
    let before = before.ok_or(Error::NoVariant(variant_id))?;
    let delta = change.delta(before.stock.on_hand());
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
    let product = variants::hold(tx.conn(), [variant_id]).await?.pop().ok_or(Error::NoVariant(variant_id))?;
    let place = stock::open(tx.conn(), product, variant_id, location_id).await?;
    let place = place.ok_or(location_id.map_or(Error::NoVariant(variant_id), Error::NoLocation))?;
    Ok((place, stock::lock(tx.conn(), [variant_id]).await?))
}
