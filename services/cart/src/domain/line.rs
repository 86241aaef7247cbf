//! Lines of a cart.

use warung_contracts::id::ProductId;

/// Items of one line at most.
pub const QUANTITY_MAX: u32 = 999;

/// One product that somebody means to buy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub product_id: ProductId,
    /// 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// When the line was added, in microseconds since the epoch by Redis's clock: lines keep the order they came in.
    pub added_at: u64,
}

impl Line {
    /// A field of a cart's hash: `prd_…` → `<added_at>:<quantity>`. None when it is not one.
    pub fn parse(field: &str, value: &str) -> Option<Self> {
        let (added_at, quantity) = value.split_once(':')?;
        let (added_at, quantity) = (added_at.parse().ok()?, quantity.parse().ok()?);
        (1..=QUANTITY_MAX).contains(&quantity).then_some(())?;
        Some(Self { product_id: field.parse().ok()?, quantity, added_at })
    }

    /// The value of the field.
    pub fn value(&self) -> String {
        format!("{}:{}", self.added_at, self.quantity)
    }
}

/// In the order they were added.
pub fn sort(lines: &mut [Line]) {
    lines.sort_by_key(|line| (line.added_at, line.product_id));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn a_line_survives_its_field(id in any::<u128>(), quantity in 1..=QUANTITY_MAX, added_at in any::<u64>()) {
            let line = Line { product_id: ProductId(Uuid::from_u128(id)), quantity, added_at };
            prop_assert_eq!(Line::parse(&line.product_id.to_string(), &line.value()), Some(line));
        }

        #[test]
        fn no_text_makes_the_parser_panic(field in ".*", value in ".*") {
            prop_assert_eq!(Line::parse(&field, &value), None);
        }
    }

    #[test]
    fn a_quantity_out_of_range_is_no_line() {
        let field = ProductId(Uuid::nil()).to_string();
        for value in ["1:0", "1:1000", "1:-1", "1", "x:1"] {
            assert_eq!(Line::parse(&field, value), None, "{value}");
        }
    }
}
