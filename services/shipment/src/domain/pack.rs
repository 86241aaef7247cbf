//! How an order's lines are split into parcels.

use warung_contracts::event::OrderLine;

use super::shipment::{Packed, piece_grams};

/// Parcels that packing makes of an order at most; what is left then goes into the last, for people to split.
pub const PARCELS_MAX: usize = 100;

/// A parcel that is being filled.
struct Open {
    items: Vec<Packed>,
    grams: u64,
}

/// Splits lines into parcels of at most `max_grams`, first fit: each piece goes into the first parcel that has room. A
/// piece that is heavier alone gets a parcel of its own. Pieces nobody weighed fit everywhere. 0 never splits.
pub fn pack(lines: &[OrderLine], max_grams: u64) -> Vec<Vec<Packed>> {
    let mut open: Vec<Open> = Vec::new();
    for (line, content) in lines.iter().enumerate() {
        let piece = piece_grams(content);
        let mut left = content.quantity;
        for parcel in &mut open {
            left -= parcel.take(line, left, piece, max_grams);
        }
        while left > 0 {
            let mut parcel = Open { items: Vec::new(), grams: 0 };
            // At least one: it may be too heavy for any.
            let fits = if open.len() + 1 >= PARCELS_MAX {
                left
            } else {
                parcel.room(piece, max_grams).clamp(1, left)
            };
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
    use warung_contracts::{id::ProductId, money::Money};

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

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_parcel_is_too_heavy(
            pieces in prop::collection::vec((0..40_000_u32, 1..9_u32), 1..8), max in 10_000..30_000_u64
        ) {
            let lines: Vec<OrderLine> = pieces.iter().map(|(grams, quantity)| line(*grams, *quantity)).collect();
            let parcels = pack(&lines, max);
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
        assert_eq!(pack(&[line(50_000, 3), line(1, 1)], 0).len(), 1);
        assert_eq!(pack(&[line(0, u32::MAX)], 1000), [[Packed { line: 0, quantity: u32::MAX }]]);
    }

    #[test]
    fn there_is_an_end_to_parcels() {
        let parcels = pack(&[line(30_000, 1000)], 30_000);
        assert_eq!((parcels.len(), total(&parcels, 0)), (PARCELS_MAX, 1000));
    }
}
