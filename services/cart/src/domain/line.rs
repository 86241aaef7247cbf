//! Lines of a cart.

use warung_contracts::id::{ProductId, VariantId};

/// Items of one line at most, whatever a shop says.
pub const QUANTITY_MAX: u32 = 999;

/// What a variant was called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Label {
    pub name: String,
    /// Such as "Red / L"; none for a product of one kind.
    pub variant_name: Option<String>,
}

/// What was known of a variant when it was put in; what product could not be asked for is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// What one cost, in minor units of the shop's currency.
    pub price: Option<i64>,
    pub label: Option<Label>,
}

/// One variant that somebody means to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    /// 1 to [`QUANTITY_MAX`].
    pub quantity: u32,
    /// Also shown when product can't be asked or has it no more. Its price is the one that its owner has seen.
    pub seen: Seen,
    /// When the line was added, in microseconds since the epoch by Redis's clock: lines keep the order they came in.
    pub added_at: u64,
}

impl Line {
    /// A field of a cart's hash: `var_…` → `<added_at>:<quantity>:<product>:<price>:<label>`. None when it is not one.
    pub fn parse(field: &str, value: &str) -> Option<Self> {
        let mut parts = value.splitn(5, ':');
        let (added_at, quantity) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        let (product, price) = (parts.next()?, parts.next()?);
        if !(1..=QUANTITY_MAX).contains(&quantity) {
            return None;
        }
        let price = if price.is_empty() { None } else { Some(price.parse().ok()?) };
        let label = parts.next().and_then(Label::parse);
        Some(Self {
            product_id: product.parse().ok()?,
            variant_id: field.parse().ok()?,
            quantity,
            seen: Seen { price, label },
            added_at,
        })
    }

    /// The value of the field.
    pub fn value(&self) -> String {
        format!("{}:{}:{}", self.added_at, self.quantity, tail(self.product_id, &self.seen))
    }
}

impl Label {
    /// The last part of a line's value; names hold no line breaks.
    fn parse(text: &str) -> Option<Self> {
        let (name, variant_name) = text.split_once('\n').unwrap_or((text, ""));
        let variant_name = Some(variant_name.to_owned()).filter(|name| !name.is_empty());
        (!name.is_empty()).then(|| Self { name: name.to_owned(), variant_name })
    }

    fn value(&self) -> String {
        match &self.variant_name {
            Some(variant_name) => format!("{}\n{variant_name}", self.name),
            None => self.name.clone(),
        }
    }
}

/// What of a value few scripts look into.
pub fn tail(product: ProductId, seen: &Seen) -> String {
    let price = seen.price.map(|price| price.to_string()).unwrap_or_default();
    format!("{product}:{price}:{}", seen.label.as_ref().map(Label::value).unwrap_or_default())
}

/// In the order they were added.
pub fn sort(lines: &mut [Line]) {
    lines.sort_by_key(|line| (line.added_at, line.variant_id));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn a_line_survives_its_field(
            product: u128, variant: u128, quantity in 1..=QUANTITY_MAX, price: Option<i64>, added_at: u64,
            label in prop::option::of((".+", prop::option::of(".+"))),
        ) {
            let label = label.map(|(name, variant_name)| Label { name, variant_name });

            let (product_id, variant_id) = (ProductId(Uuid::from_u128(product)), VariantId(Uuid::from_u128(variant)));
            let line = Line { product_id, variant_id, quantity, seen: Seen { price, label }, added_at };
            prop_assert_eq!(Line::parse(&line.variant_id.to_string(), &line.value()), Some(line));
        }

        #[test]
        fn no_text_makes_the_parser_panic(field in ".*", value in ".*") {
            prop_assert_eq!(Line::parse(&field, &value), None);
        }
    }

    #[test]
    fn what_is_out_of_range_is_no_line() {
        let (field, product) = (VariantId(Uuid::nil()).to_string(), ProductId(Uuid::nil()));
        for value in ["1:0", "1:1000", "1:-1", "x:1"] {
            assert_eq!(Line::parse(&field, &format!("{value}:{product}:")), None, "{value}");
        }
        for value in ["1", "1:1", "1:1:prd_1:", &format!("1:1:{product}:x")] {
            assert_eq!(Line::parse(&field, value), None, "{value}");
        }
    }
}
