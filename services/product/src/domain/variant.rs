//! A variant: a kind of a product that is bought as such, such as a shirt in red and L.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_contracts::{
    id::{ProductId, VariantId},
    money::Money,
};

use super::{locale::Wanted, product::Axis};

/// The dearest price, in minor units: 500 lines of 999 items still fit 64 bits.
pub const PRICE_MAX_MINOR: i64 = 10_000_000_000_000;
/// Variants of a product at most.
pub const VARIANTS_MAX: usize = 100;

/// Weight and size of one packed item; 0 when nobody has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Measures {
    #[schema(maximum = 1000000)]
    pub weight_grams: u32,
    #[schema(maximum = 100000)]
    pub length_mm: u32,
    #[schema(maximum = 100000)]
    pub width_mm: u32,
    #[schema(maximum = 100000)]
    pub height_mm: u32,
}

/// Values by the name of their axis.
pub type Choice = BTreeMap<String, String>;

/// Whether a variant can be bought, as far as it depends on the variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Active,
    /// No more; orders that hold it are served.
    Archived,
}

warung_contracts::words!(Status, "status of a variant", Active = "active", Archived = "archived",);

/// A variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub id: VariantId,
    pub product_id: ProductId,
    /// 0 for the default variant, then as they were added.
    pub position: i32,
    /// The seller's own name for it; never changes.
    pub sku: String,
    pub choice: Choice,
    pub price: Money,
    /// The price it is compared with, above its own.
    pub compare_at: Option<Money>,
    pub measures: Measures,
    /// GTIN or any other code on the pack.
    pub barcode: Option<String>,
    /// Items of one order at most; 0 for no limit.
    pub max_quantity: u32,
    /// Stock is low at this many free items or fewer; 0 for no warning.
    pub low_stock_at: u32,
    pub status: Status,
}

/// What people call a choice: the values in the order of the axes, such as "Red / L".
pub fn name(axes: &[Axis], choice: &Choice) -> String {
    let values: Vec<&str> =
        axes.iter().filter_map(|axis| choice.get(&axis.name)).map(String::as_str).collect();
    values.join(" / ")
}

/// The same in the language that is wanted, and the languages of the values; none is the shop's own.
pub fn name_in(axes: &[Axis], choice: &Choice, wanted: &Wanted) -> (String, Vec<Option<String>>) {
    let value = |axis: &Axis| {
        let value = choice.get(&axis.name)?;
        let tag = wanted.pick(axis.translations.keys().map(String::as_str));
        // A value without a name of its own is called the same.
        let called = tag.and_then(|tag| axis.translations[tag].values.get(value)).unwrap_or(value);
        Some((called.clone(), tag.map(str::to_owned)))
    };
    let (values, tags): (Vec<String>, Vec<_>) = axes.iter().filter_map(value).unzip();
    (values.join(" / "), tags)
}

/// Why a choice fits no variant of the product.
pub fn misfit(axes: &[Axis], choice: &Choice) -> Option<String> {
    for axis in axes {
        match choice.get(&axis.name) {
            None => return Some(format!("choose a value of {}", axis.name)),
            Some(value) if !axis.values.contains(value) => {
                return Some(format!("{} has no value {value:?}", axis.name));
            }
            Some(_) => {}
        }
    }
    let unknown = choice.keys().find(|name| axes.iter().all(|axis| axis.name != **name));
    unknown.map(|name| format!("the product has no option {name:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::product::AxisText;

    fn axes() -> Vec<Axis> {
        let axis = |name: &str, values: &[&str]| {
            Axis::new(name, values.iter().map(|&value| value.to_owned()).collect())
        };
        vec![axis("Size", &["M", "L"]), axis("Colour", &["Red"])]
    }

    fn choice(pairs: &[(&str, &str)]) -> Choice {
        pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn a_variant_is_called_by_its_values_in_the_order_of_the_options() {
        assert_eq!(name(&axes(), &choice(&[("Colour", "Red"), ("Size", "L")])), "L / Red");
        assert_eq!(name(&[], &Choice::new()), "");
    }

    #[test]
    fn a_variant_is_called_as_the_reader_calls_its_values() {
        let mut axes = axes();
        let text = AxisText { name: "Farbe".into(), values: [("Red".to_owned(), "Rot".to_owned())].into() };
        axes[1].translations.insert("de".into(), text);
        let choice = choice(&[("Colour", "Red"), ("Size", "L")]);
        let called = name_in(&axes, &choice, &Wanted::parse("de", "en"));
        assert_eq!(called, ("L / Rot".to_owned(), vec![None, Some("de".to_owned())]));
        assert_eq!(name_in(&axes, &choice, &Wanted::default()).0, name(&axes, &choice));
    }

    #[test]
    fn a_choice_names_each_option_once_with_a_value_it_has() {
        assert_eq!(misfit(&axes(), &choice(&[("Colour", "Red"), ("Size", "L")])), None);
        for wrong in [vec![("Size", "L")], vec![("Size", "XL"), ("Colour", "Red")]] {
            assert!(misfit(&axes(), &choice(&wrong)).is_some(), "{wrong:?}");
        }
        assert!(misfit(&[], &choice(&[("Size", "L")])).is_some());
    }
}
