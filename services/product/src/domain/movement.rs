//! Changes of stock: what each kind does, and all lines of an order or none.

use std::collections::BTreeMap;

use warung_contracts::id::{LocationId, ProductId, VariantId};

use super::{
    shelf::{Shelf, Shelves},
    stock::Stock,
};

/// Why stock moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Somebody counted, delivered or wrote off.
    Adjusted,
    /// Set aside for an order.
    Reserved,
    /// What was set aside is sold.
    Committed,
    /// Sold without having been set aside: its reservation had expired.
    Taken,
    /// What was set aside is free again.
    Released,
    /// The same, because time ran out.
    Expired,
    /// What was sold came back: the order was cancelled after it was paid.
    Returned,
    /// A customer sent it back, and it can be sold again.
    Restocked,
    /// It was carried to another place, or from there.
    Transferred,
}

warung_contracts::words!(
    Kind,
    "kind of a movement",
    Adjusted = "adjusted",
    Reserved = "reserved",
    Committed = "committed",
    Taken = "taken",
    Released = "released",
    Expired = "expired",
    Returned = "returned",
    Restocked = "restocked",
    Transferred = "transferred",
);

impl Kind {
    /// Whether it gives back what an order held, because the order ended.
    pub fn ends(self) -> bool {
        matches!(self, Self::Released | Self::Returned)
    }

    /// What `quantity` items of this kind do to (on_hand, reserved).
    fn deltas(self, quantity: i64) -> (i64, i64) {
        match self {
            Self::Adjusted | Self::Returned | Self::Restocked | Self::Transferred => (quantity, 0),
            Self::Reserved => (0, quantity),
            Self::Committed => (-quantity, -quantity),
            Self::Taken => (-quantity, 0),
            Self::Released | Self::Expired => (0, -quantity),
        }
    }
}

/// The stock of one variant at one place moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Movement {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub location_id: LocationId,
    pub kind: Kind,
    pub on_hand_delta: i64,
    pub reserved_delta: i64,
    /// The stock afterwards.
    pub after: Stock,
}

impl Movement {
    /// Of the items that it sets aside, those that are not there yet.
    pub fn owed(&self) -> i64 {
        (self.after.reserved() - self.after.on_hand()).clamp(0, self.reserved_delta.max(0))
    }
}

/// A line that can't be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortage {
    pub variant_id: VariantId,
    pub wanted: i64,
    pub left: i64,
}

/// Quantities by variant, each once.
pub type Wants = BTreeMap<VariantId, i64>;
/// Quantities by variant and place, in the order in which rows are locked.
pub type Parts = BTreeMap<(VariantId, LocationId), i64>;

/// From where every want is served, or which can't be; what is not for sale has nothing left.
///
/// # Errors
///
/// Every line that is short.
pub fn allocate(wants: &Wants, shelves: &Shelves, for_sale: bool) -> Result<Parts, Vec<Shortage>> {
    let (mut parts, mut shortages) = (Parts::new(), Vec::new());
    for (&variant_id, &wanted) in wants {
        let shelf = shelves.get(&variant_id).filter(|shelf| shelf.for_sale || !for_sale);
        match shelf.map(|shelf| shelf.allocate(wanted)) {
            Some(Ok(places)) => {
                parts.extend(places.into_iter().map(|(place, part)| ((variant_id, place), part)));
            }
            Some(Err(short)) => shortages.push(Shortage { variant_id, wanted, left: short.left }),
            None => shortages.push(Shortage { variant_id, wanted, left: 0 }),
        }
    }
    if shortages.is_empty() { Ok(parts) } else { Err(shortages) }
}

/// Moves every part, or says which can't be.
///
/// # Errors
///
/// Every part that is short.
pub fn move_all(kind: Kind, parts: &Parts, shelves: &Shelves) -> Result<Vec<Movement>, Vec<Shortage>> {
    let (mut movements, mut shortages) = (Vec::with_capacity(parts.len()), Vec::new());
    for (&(variant_id, location_id), &wanted) in parts {
        let (on_hand_delta, reserved_delta) = kind.deltas(wanted);
        let shelf = shelves.get(&variant_id);
        let level = shelf.and_then(|shelf| Some((shelf, shelf.at(location_id)?)));
        let moved = level.map(|(shelf, level)| (shelf, level.stock.moved(on_hand_delta, reserved_delta)));
        match moved {
            Some((Shelf { product_id, .. }, Ok(after))) => {
                let product_id = *product_id;
                movements.push(Movement {
                    product_id,
                    variant_id,
                    location_id,
                    kind,
                    on_hand_delta,
                    reserved_delta,
                    after,
                });
            }
            Some((_, Err(short))) => shortages.push(Shortage { variant_id, wanted, left: short.left }),
            None => shortages.push(Shortage { variant_id, wanted, left: 0 }),
        }
    }
    if shortages.is_empty() { Ok(movements) } else { Err(shortages) }
}

/// Puts on the shelves what they hold after these movements.
pub fn settle(shelves: &mut Shelves, movements: &[Movement]) {
    for movement in movements {
        let shelf = shelves.get_mut(&movement.variant_id);
        let levels = shelf.into_iter().flat_map(|shelf| &mut shelf.levels);
        for level in levels.filter(|level| level.location_id == movement.location_id) {
            level.stock = movement.after;
        }
    }
}
