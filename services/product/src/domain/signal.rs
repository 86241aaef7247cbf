//! What others must hear of when stock moves: it ran low, it ran out, it can be bought again.

use std::collections::BTreeSet;

use warung_contracts::id::{ProductId, VariantId};

use super::shelf::{Shelf, Shelves};

/// How stock crossed a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// At or below the variant's own threshold, and not out.
    Low,
    /// Nothing is there that is free.
    Out,
}

/// A variant whose stock crossed a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crossing {
    pub level: Level,
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub sku: String,
    /// Items that are there and free.
    pub free: i64,
}

/// What the way from one to the other means for others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Signals {
    pub crossings: Vec<Crossing>,
    /// Products of which something can be bought now that could not, or the other way round.
    pub changed: BTreeSet<ProductId>,
}

/// Compares shelves before and after a movement.
pub fn signals(before: &Shelves, after: &Shelves) -> Signals {
    let mut signals = Signals::default();
    for (variant_id, new) in after {
        let Some(old) = before.get(variant_id) else { continue };
        if (old.available() > 0) != (new.available() > 0) {
            signals.changed.insert(new.product_id);
        }
        if let Some(level) = crossed(old, new) {
            let (product_id, sku, free) = (new.product_id, new.sku.clone(), new.free());
            signals.crossings.push(Crossing { level, product_id, variant_id: *variant_id, sku, free });
        }
    }
    signals
}

/// Only the way down is told of, and once: from above a line to below it.
fn crossed(old: &Shelf, new: &Shelf) -> Option<Level> {
    let (before, after) = (old.free(), new.free());
    if before > 0 && after == 0 {
        return Some(Level::Out);
    }
    (before > new.low_at && after <= new.low_at && after > 0).then_some(Level::Low)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;
    use warung_contracts::id::LocationId;

    use super::*;
    use crate::domain::{shelf::Level as Place, stock::Stock};

    fn shelves(on_hand: i64, backorder: i64) -> Shelves {
        let stock = Stock::new(on_hand, 0, backorder).unwrap();
        let levels = vec![Place { location_id: LocationId(Uuid::nil()), priority: 0, active: true, stock }];
        let product_id = ProductId(Uuid::nil());
        let shelf = Shelf { product_id, sku: "S".into(), for_sale: true, low_at: 3, levels };
        [(VariantId(Uuid::nil()), shelf)].into()
    }

    fn levels(before: i64, after: i64) -> Vec<Level> {
        signals(&shelves(before, 0), &shelves(after, 0)).crossings.iter().map(|c| c.level).collect()
    }

    #[test]
    fn each_line_is_told_of_once_and_on_the_way_down_alone() {
        assert_eq!(levels(5, 4), []);
        assert_eq!(levels(4, 3), [Level::Low]);
        assert_eq!(levels(3, 2), []);
        assert_eq!(levels(4, 0), [Level::Out]);
        assert_eq!(levels(0, 9), []);
    }

    #[test]
    fn what_can_still_be_ordered_has_not_changed_for_customers() {
        assert_eq!(signals(&shelves(1, 0), &shelves(0, 0)).changed.len(), 1);
        assert_eq!(signals(&shelves(0, 0), &shelves(1, 0)).changed.len(), 1);
        assert!(signals(&shelves(1, 2), &shelves(0, 2)).changed.is_empty());
    }
}
