//! Carries items from one place to another: two movements, both or none.

use warung_chassis::db::Tx;
use warung_contracts::id::{LocationId, VariantId};

use super::{Error, adjust_stock::shelf, book::book};
use crate::{
    domain::{
        movement::{Kind, Parts, move_all},
        shelf::Level,
    },
    store::stock::Cause,
};

/// What to carry.
#[derive(Debug, Clone)]
pub struct Input {
    pub variant_id: VariantId,
    pub from: LocationId,
    pub to: LocationId,
    /// 1 or more.
    pub quantity: u32,
    pub reason: String,
    pub actor: String,
}

/// Carries it; returns how it is at both places afterwards.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, input: Input) -> Result<Vec<Level>, Error> {
    let Input { variant_id, from, to, quantity, reason, actor } = input;
    if from == to {
        return Err(Error::field("to", "must be another place than from"));
    }
    shelf(tx, variant_id, Some(from)).await?;
    let (_, shelves) = shelf(tx, variant_id, Some(to)).await?;
    let quantity = i64::from(quantity);
    // What is carried away is there: nothing that is only promised.
    let there =
        shelves.get(&variant_id).and_then(|shelf| shelf.at(from)).map_or(0, |level| level.stock.free());
    let refused = Error::OutOfRange { available: there, delta: -quantity };
    if quantity > there {
        return Err(refused);
    }
    let parts = Parts::from([((variant_id, from), -quantity), ((variant_id, to), quantity)]);
    let movements = move_all(Kind::Transferred, &parts, &shelves).map_err(|_| refused)?;
    book(tx, &shelves, &movements, Cause::Person { actor: &actor, reason: &reason }).await?;
    let levels = movements.iter().filter_map(|movement| {
        let level = shelves.get(&variant_id)?.at(movement.location_id)?;
        Some(Level { stock: movement.after, ..*level })
    });
    Ok(levels.collect())
}
