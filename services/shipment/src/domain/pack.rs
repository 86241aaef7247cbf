//! How an order's lines are split into parcels.

use warung_contracts::{
    event::{OrderLine, Place, StockPart},
    id::VariantId,
};

use super::shipment::{Packed, piece_grams};

/// Parcels that packing makes of an order at most, one for each place and kind of goods aside; what is left then goes into
/// the last, for people to split.
pub const PARCELS_MAX: usize = 100;

/// A parcel as it is packed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Where; none where nobody said from where the items are served.
    pub place: Option<Place>,
    /// Whether the shop has yet to get them, all of them.
    pub backordered: bool,
    pub items: Vec<Packed>,
}

/// Splits lines into parcels: by the places that serve them, what has yet to come apart from what is there and after it,
/// then by weight. What nobody said of from where it is served is packed as if it were at one place.
pub fn pack(lines: &[OrderLine], served_from: &[StockPart], max_grams: u64) -> Vec<Filled> {
    let lots = lots(lines, served_from);
    let (mut parcels, mut to_come) = (Vec::new(), lots.len());
    for Filled { place, backordered, items } in lots {
        to_come -= 1;
        let most = PARCELS_MAX.saturating_sub(parcels.len() + to_come).max(1);
        let filled = by_weight(lines, &items, max_grams, most).into_iter();
        parcels.extend(filled.map(|items| Filled { place: place.clone(), backordered, items }));
    }
    parcels
}

/// Items of a variant at a place that are not packed yet.
struct Source<'a> {
    variant: VariantId,
    place: &'a Place,
    backordered: bool,
    left: u32,
}

impl<'a> Source<'a> {
    fn of(part: &'a StockPart, backordered: bool, left: u32) -> Self {
        Self { variant: part.variant_id, place: &part.place, backordered, left }
    }
}

/// What is packed together but for its weight: each piece of each line once.
fn lots(lines: &[OrderLine], served_from: &[StockPart]) -> Vec<Filled> {
    let there = served_from
        .iter()
        .map(|part| Source::of(part, false, part.quantity.saturating_sub(part.backordered)));
    let owed = served_from.iter().map(|part| Source::of(part, true, part.backordered.min(part.quantity)));
    let mut sources: Vec<Source<'_>> = there.chain(owed).collect();
    let mut lots: Vec<Filled> = Vec::new();
    for (line, content) in lines.iter().enumerate() {
        let mut left = content.quantity;
        for source in sources.iter_mut().filter(|source| source.variant == content.variant()) {
            let quantity = source.left.min(left);
            put(&mut lots, Some(source.place), source.backordered, Packed { line, quantity });
            (source.left, left) = (source.left - quantity, left - quantity);
        }
        put(&mut lots, None, false, Packed { line, quantity: left });
    }
    lots.sort_by_key(|lot| lot.backordered);
    lots
}

/// Adds items to what is packed at that place.
fn put(lots: &mut Vec<Filled>, place: Option<&Place>, backordered: bool, items: Packed) {
    if items.quantity == 0 {
        return;
    }
    let id = |place: Option<&Place>| place.map(|place| place.id);
    let same = |lot: &&mut Filled| (id(lot.place.as_ref()), lot.backordered) == (id(place), backordered);
    let Some(lot) = lots.iter_mut().find(same) else {
        lots.push(Filled { place: place.cloned(), backordered, items: vec![items] });
        return;
    };
    match lot.items.last_mut().filter(|last| last.line == items.line) {
        Some(last) => last.quantity += items.quantity,
        None => lot.items.push(items),
    }
}

/// A parcel that is being filled.
struct Open {
    items: Vec<Packed>,
    grams: u64,
}

/// Splits items into `most` parcels of at most `max_grams`, first fit: each piece goes into the first parcel that has room.
/// A piece that is heavier alone gets a parcel of its own. Pieces nobody weighed fit everywhere. 0 never splits.
fn by_weight(lines: &[OrderLine], items: &[Packed], max_grams: u64, most: usize) -> Vec<Vec<Packed>> {
    let mut open: Vec<Open> = Vec::new();
    for &Packed { line, quantity } in items {
        let piece = lines.get(line).map_or(0, piece_grams);
        let mut left = quantity;
        for parcel in &mut open {
            left -= parcel.take(line, left, piece, max_grams);
        }
        while left > 0 {
            let mut parcel = Open { items: Vec::new(), grams: 0 };
            // At least one: it may be too heavy for any.
            let fits =
                if open.len() + 1 >= most { left } else { parcel.room(piece, max_grams).clamp(1, left) };
            parcel.put(line, fits, piece);
            left -= fits;
            open.push(parcel);
        }
    }
    open.into_iter().map(|parcel| parcel.items).collect()
}

impl Open {
    /// Pieces that still fit.
    fn room(&self, piece: u64, max_grams: u64) -> u32 {
        if max_grams == 0 || piece == 0 {
            return u32::MAX;
        }
        u32::try_from(max_grams.saturating_sub(self.grams) / piece).unwrap_or(u32::MAX)
    }

    /// Takes as many of `left` pieces as fit; says how many.
    fn take(&mut self, line: usize, left: u32, piece: u64, max_grams: u64) -> u32 {
        let fits = self.room(piece, max_grams).min(left);
        if fits > 0 {
            self.put(line, fits, piece);
        }
        fits
    }

    fn put(&mut self, line: usize, quantity: u32, piece: u64) {
        self.items.push(Packed { line, quantity });
        self.grams += piece * u64::from(quantity);
    }
}

/// Why a parcel can't be split so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// Something must go into the new parcel, and something must stay.
    #[error("move some of the content, not nothing and not all")]
    Whole,
    #[error("the parcel holds {held} of line {line}, not {wanted}")]
    NotThere { line: usize, held: u32, wanted: u32 },
}

/// Takes `moved` out of a parcel's items: what stays, and what goes.
///
/// # Errors
///
/// As [`SplitError`] says.
pub fn split(items: &[Packed], moved: &[Packed]) -> Result<(Vec<Packed>, Vec<Packed>), SplitError> {
    let mut stays = items.to_vec();
    for &Packed { line, quantity } in moved {
        let held = stays.iter_mut().find(|packed| packed.line == line);
        let held = held.ok_or(SplitError::NotThere { line, held: 0, wanted: quantity })?;
        let left = held.quantity.checked_sub(quantity);
        held.quantity = left.ok_or(SplitError::NotThere { line, held: held.quantity, wanted: quantity })?;
    }
    stays.retain(|packed| packed.quantity > 0);
    let goes: Vec<Packed> = moved.iter().copied().filter(|packed| packed.quantity > 0).collect();
    if stays.is_empty() || goes.is_empty() { Err(SplitError::Whole) } else { Ok((stays, goes)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;
    use warung_contracts::{
        id::{LocationId, ProductId},
        money::Money,
    };

    use super::*;
    use crate::domain::shipment::weight_grams;

    fn line(weight_grams: u32, quantity: u32) -> OrderLine {
        let (product_id, unit_price) = (ProductId(Uuid::nil()), Money::new(1, "IDR".parse().unwrap()));
        serde_json::from_value(serde_json::json!({
            "product_id": product_id, "sku": "A", "name": "A", "quantity": quantity, "unit_price": unit_price,
            "weight_grams": weight_grams,
        }))
        .unwrap()
    }

    fn total(parcels: &[Vec<Packed>], line: usize) -> u32 {
        parcels.iter().flatten().filter(|packed| packed.line == line).map(|packed| packed.quantity).sum()
    }

    /// What is in each parcel where nobody said from where anything is served.
    fn contents(lines: &[OrderLine], max_grams: u64) -> Vec<Vec<Packed>> {
        let parcels = pack(lines, &[], max_grams).into_iter();
        let plain = |parcel: Filled| {
            assert_eq!((parcel.place, parcel.backordered), (None, false));
            parcel.items
        };
        parcels.map(plain).collect()
    }

    fn variant(n: u128) -> VariantId {
        VariantId(Uuid::from_u128(n))
    }

    fn part((n, at, quantity, backordered): (u128, u128, u32, u32)) -> StockPart {
        let place =
            Place { id: LocationId(Uuid::from_u128(at)), code: format!("p{at}"), name: format!("P {at}") };
        StockPart { variant_id: variant(n), place, quantity, backordered }
    }

    fn of_variant(n: u128, weight_grams: u32, quantity: u32) -> OrderLine {
        OrderLine { variant_id: Some(variant(n)), ..line(weight_grams, quantity) }
    }

    /// Code of the place, whether it has yet to come, line, quantity.
    type Shown<'a> = (Option<&'a str>, bool, usize, u32);

    /// Each item, parcel by parcel.
    fn shown(parcels: &[Filled]) -> Vec<Vec<Shown<'_>>> {
        fn items(parcel: &Filled) -> Vec<Shown<'_>> {
            let code = parcel.place.as_ref().map(|place| place.code.as_str());
            let shown = |packed: &Packed| (code, parcel.backordered, packed.line, packed.quantity);
            parcel.items.iter().map(shown).collect()
        }
        parcels.iter().map(items).collect()
    }

    #[test]
    fn each_place_packs_its_own_and_what_has_yet_to_come_is_packed_apart_and_last() {
        let lines = [of_variant(1, 0, 3), of_variant(2, 0, 2), of_variant(1, 0, 2)];
        let parts = [(1, 8, 4, 1), (1, 9, 1, 0), (2, 9, 2, 2)].map(part);
        assert_eq!(
            shown(&pack(&lines, &parts, 1000)),
            [
                vec![(Some("p8"), false, 0, 3)],
                vec![(Some("p9"), false, 2, 1)],
                vec![(Some("p9"), true, 1, 2)],
                vec![(Some("p8"), true, 2, 1)],
            ]
        );
        // What nobody spoke of is not lost.
        let few = [part((1, 8, 1, 0))];
        assert_eq!(
            shown(&pack(&lines[..1], &few, 0)),
            [vec![(Some("p8"), false, 0, 1)], vec![(None, false, 0, 2)]]
        );
    }

    proptest! {
        #[test]
        fn every_place_packs_what_it_serves_once(
            wanted in prop::collection::vec((0..3_u128, 1..9_u32, 0..40_000_u32), 1..6),
            told in prop::collection::vec((0..4_u128, 0..3_u128, 1..9_u32, 0..10_u32), 0..6),
            max in 10_000..30_000_u64,
        ) {
            let lines: Vec<OrderLine> = wanted.iter().map(|(n, quantity, grams)| of_variant(*n, *grams, *quantity)).collect();
            let parts: Vec<StockPart> = told.iter().copied().map(part).collect();
            let parcels = pack(&lines, &parts, max);
            let all: Vec<Vec<Packed>> = parcels.iter().map(|parcel| parcel.items.clone()).collect();
            for (index, line) in lines.iter().enumerate() {
                prop_assert_eq!(total(&all, index), line.quantity);
            }
            prop_assert!(parcels.iter().all(|parcel| !parcel.items.is_empty()));
            prop_assert!(parcels.is_sorted_by_key(|parcel| parcel.backordered));
            let packed = |n: u128, place: Option<LocationId>, owed: bool| -> u32 {
                let own = parcels.iter().filter(|p| p.place.as_ref().map(|place| place.id) == place && p.backordered == owed);
                let items = own.flat_map(|parcel| &parcel.items);
                items.filter(|item| lines[item.line].variant() == variant(n)).map(|item| item.quantity).sum()
            };
            for n in 0..3_u128 {
                let wanted: u32 = wanted.iter().filter(|(of, ..)| *of == n).map(|(_, quantity, _)| quantity).sum();
                let served: u32 = told.iter().filter(|(of, ..)| *of == n).map(|(_, _, quantity, _)| quantity).sum();
                prop_assert_eq!(packed(n, None, false), wanted.saturating_sub(served));
                for at in 0..3_u128 {
                    let parts = told.iter().filter(|(of, place, ..)| (*of, *place) == (n, at));
                    let (there, owed) = parts.fold((0, 0), |(there, owed), (_, _, quantity, backordered)| {
                        let missing = (*backordered).min(*quantity);
                        (there + quantity - missing, owed + missing)
                    });
                    let place = Some(LocationId(Uuid::from_u128(at)));
                    prop_assert!(packed(n, place, false) <= there && packed(n, place, true) <= owed);
                }
            }
            for parcel in &all {
                let heavy = parcel.iter().filter(|packed| piece_grams(&lines[packed.line]) > 0).map(|p| p.quantity).sum::<u32>();
                prop_assert!(weight_grams(&lines, parcel) <= max || heavy == 1, "{parcel:?}");
            }
        }

        #[test]
        fn nothing_is_lost_and_no_parcel_is_too_heavy(
            pieces in prop::collection::vec((0..40_000_u32, 1..9_u32), 1..8), max in 10_000..30_000_u64
        ) {
            let lines: Vec<OrderLine> = pieces.iter().map(|(grams, quantity)| line(*grams, *quantity)).collect();
            let parcels = contents(&lines, max);
            for (index, line) in lines.iter().enumerate() {
                prop_assert_eq!(total(&parcels, index), line.quantity);
            }
            let light = |parcel: &&Vec<Packed>| weight_grams(&lines, parcel) * 2 <= max;
            for parcel in &parcels {
                let alone = parcel.iter().filter(|packed| piece_grams(&lines[packed.line]) > 0).map(|p| p.quantity).sum::<u32>() == 1;
                prop_assert!(weight_grams(&lines, parcel) <= max || alone, "{parcel:?}");
            }
            // First fit leaves at most one parcel half empty, so few parcels are made.
            prop_assert!(parcels.iter().filter(light).count() <= 1, "{parcels:?}");
        }

        #[test]
        fn what_is_split_adds_up(held in prop::collection::vec(1..20_u32, 1..5), moved in prop::collection::vec(0..25_u32, 5)) {
            let packed = |(line, quantity): (usize, &u32)| Packed { line, quantity: *quantity };
            let items: Vec<Packed> = held.iter().enumerate().map(packed).collect();
            let moved: Vec<Packed> = moved.iter().take(held.len()).enumerate().map(packed).collect();
            match split(&items, &moved) {
                Ok((stays, goes)) => {
                    prop_assert!(!stays.is_empty() && !goes.is_empty());
                    for item in items {
                        prop_assert_eq!(total(&[stays.clone(), goes.clone()], item.line), item.quantity);
                    }
                }
                Err(SplitError::Whole) => {
                    let all = moved.iter().map(|p| p.quantity).sum::<u32>();
                    prop_assert!(all == 0 || all == held.iter().sum::<u32>());
                }
                Err(SplitError::NotThere { line, held: had, wanted }) => {
                    prop_assert_eq!((had, wanted), (held[line], moved[line].quantity));
                    prop_assert!(wanted > had);
                }
            }
        }
    }

    #[test]
    fn without_a_limit_or_weights_there_is_one_parcel() {
        assert_eq!(contents(&[line(50_000, 3), line(1, 1)], 0).len(), 1);
        assert_eq!(contents(&[line(0, u32::MAX)], 1000), [[Packed { line: 0, quantity: u32::MAX }]]);
    }

    #[test]
    fn there_is_an_end_to_parcels() {
        let parcels = contents(&[line(30_000, 1000)], 30_000);
        assert_eq!((parcels.len(), total(&parcels, 0)), (PARCELS_MAX, 1000));
        // The last place is left one of them.
        let parcels = pack(&[of_variant(1, 30_000, 1000)], &[(1, 8, 999, 0), (1, 9, 1, 0)].map(part), 30_000);
        assert_eq!((parcels.len(), shown(&parcels)[PARCELS_MAX - 1][0].0), (PARCELS_MAX, Some("p9")));
    }
}
