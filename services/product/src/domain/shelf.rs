//! Everything that is known of a variant's stock, and from which places an order is served.

use std::collections::BTreeMap;

use warung_contracts::id::{LocationId, ProductId, VariantId};

use super::stock::{Short, Stock};

/// The stock at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    pub location_id: LocationId,
    /// Places with a lower number serve first.
    pub priority: i32,
    /// Whether orders are served from there.
    pub active: bool,
    pub stock: Stock,
}

/// A variant's stock at every place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf {
    pub product_id: ProductId,
    pub sku: String,
    /// Whether customers can buy it.
    pub for_sale: bool,
    /// Stock is low at this many free items or fewer; 0 for no warning.
    pub low_at: i64,
    pub levels: Vec<Level>,
}

/// Shelves by variant, in the order in which their rows are locked.
pub type Shelves = BTreeMap<VariantId, Shelf>;

impl Shelf {
    /// Items that can be promised, at all places that serve.
    pub fn available(&self) -> i64 {
        self.serving().map(|level| level.stock.available()).sum()
    }

    /// Items that are there and free, at all places that serve.
    pub fn free(&self) -> i64 {
        self.serving().map(|level| level.stock.free()).sum()
    }

    /// The stock at a place.
    pub fn at(&self, location: LocationId) -> Option<&Level> {
        self.levels.iter().find(|level| level.location_id == location)
    }

    fn serving(&self) -> impl Iterator<Item = &Level> {
        self.levels.iter().filter(|level| level.active)
    }

    /// From where this many items are taken: the first place, by priority, that has them all; else what each place has,
    /// by priority; what is then missing is promised, by priority, as far as backorder allows.
    ///
    /// # Errors
    ///
    /// When there is too little everywhere together.
    pub fn allocate(&self, wanted: i64) -> Result<BTreeMap<LocationId, i64>, Short> {
        let mut places: Vec<&Level> = self.serving().collect();
        places.sort_by_key(|level| (level.priority, level.location_id));
        if let Some(whole) = places.iter().find(|level| level.stock.free() >= wanted) {
            return Ok([(whole.location_id, wanted)].into());
        }
        let mut missing = wanted;
        let mut parts = BTreeMap::new();
        // Items that are there come before items that are promised.
        let owed = |level: &Level| level.stock.available() - level.stock.free();
        let there = places.iter().map(|level| (level.location_id, level.stock.free()));
        for (location, most) in there.chain(places.iter().map(|level| (level.location_id, owed(level)))) {
            let part = most.min(missing);
            if part > 0 {
                *parts.entry(location).or_default() += part;
                missing -= part;
            }
        }
        if missing > 0 { Err(Short { left: self.available() }) } else { Ok(parts) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn location(n: u128) -> LocationId {
        LocationId(Uuid::from_u128(n))
    }

    fn shelf(levels: &[(i32, i64, i64)]) -> Shelf {
        let level = |(n, (priority, on_hand, backorder)): (u128, &(i32, i64, i64))| Level {
            location_id: location(n),
            priority: *priority,
            active: true,
            stock: Stock::new(*on_hand, 0, *backorder).unwrap(),
        };
        let product_id = ProductId(Uuid::nil());
        let levels = (0..).zip(levels).map(level).collect();
        Shelf { product_id, sku: "S".into(), for_sale: true, low_at: 0, levels }
    }

    #[test]
    fn one_place_serves_before_two_and_what_is_there_before_what_is_promised() {
        let shelf = shelf(&[(2, 9, 0), (1, 3, 5), (3, 4, 0)]);
        assert_eq!(shelf.allocate(3), Ok([(location(1), 3)].into()));
        assert_eq!(shelf.allocate(8), Ok([(location(0), 8)].into()));
        assert_eq!(shelf.allocate(11), Ok([(location(1), 3), (location(0), 8)].into()));
        assert_eq!(shelf.allocate(17), Ok([(location(0), 9), (location(1), 4), (location(2), 4)].into()));
        assert_eq!(shelf.allocate(22), Err(Short { left: 21 }));
    }

    #[test]
    fn a_place_that_is_closed_serves_nobody() {
        let mut shelf = shelf(&[(1, 3, 0), (2, 3, 0)]);
        shelf.levels[0].active = false;
        assert_eq!(shelf.allocate(2), Ok([(location(1), 2)].into()));
        assert_eq!(shelf.allocate(4), Err(Short { left: 3 }));
    }

    proptest! {
        /// All is served or nothing, and no place gives more than it can promise.
        #[test]
        fn parts_add_up(levels in prop::collection::vec((0..3_i32, 0..9_i64, 0..3_i64), 0..5), wanted in 1..30_i64) {
            let shelf = shelf(&levels);
            match shelf.allocate(wanted) {
                Ok(parts) => {
                    prop_assert_eq!(parts.values().sum::<i64>(), wanted);
                    for (location, part) in parts {
                        prop_assert!(part > 0 && part <= shelf.at(location).unwrap().stock.available());
                    }
                }
                Err(short) => prop_assert!(short.left == shelf.available() && short.left < wanted),
            }
        }
    }
}
