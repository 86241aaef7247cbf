//! A product: what its variants have in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_contracts::id::{CategoryId, ProductId};

/// The tax class of what has no other.
pub const TAX_CLASS_DEFAULT: &str = "standard";

/// Whether customers see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not yet.
    Draft,
    /// Yes.
    Active,
    /// No more.
    Archived,
}

warung_contracts::words!(
    Status,
    "status of a product",
    Draft = "draft",
    Active = "active",
    Archived = "archived",
);

/// In what a product's variants differ, such as colour: the name and the values there are, in the order they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    #[schema(min_length = 1, max_length = 40)]
    pub name: String,
    #[schema(min_items = 1, max_items = 100)]
    pub values: Vec<String>,
    /// What it is called in other languages, by tag such as `en`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = std::collections::HashMap<String, AxisText>)]
    pub translations: BTreeMap<String, AxisText>,
}

impl Axis {
    /// One without translations.
    pub fn new(name: impl Into<String>, values: Vec<String>) -> Self {
        Self { name: name.into(), values, translations: BTreeMap::new() }
    }
}

/// An option in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AxisText {
    #[schema(min_length = 1, max_length = 40)]
    pub name: String,
    /// What its values are called; those that are left out are called the same.
    #[serde(default)]
    #[schema(value_type = std::collections::HashMap<String, String>)]
    pub values: BTreeMap<String, String>,
}

/// Gives options that come without translations those that options of their name had, as far as their values are there
/// still: rows of a table have no place for them.
pub fn keep_translations(axes: &mut [Axis], known: &[Axis]) {
    for axis in axes.iter_mut().filter(|axis| axis.translations.is_empty()) {
        let Some(old) = known.iter().find(|old| old.name == axis.name) else { continue };
        axis.translations = old.translations.clone();
        for text in axis.translations.values_mut() {
            text.values.retain(|value, _| axis.values.contains(value));
        }
    }
}

/// A picture or a film of a product; the file is kept elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Medium {
    /// Where it is: `https://…`, or a path of the shop's own such as `/media/kopi.jpg`.
    #[schema(min_length = 1, max_length = 2000)]
    pub url: String,
    /// What can be seen, for those who can't see it.
    #[serde(default)]
    #[schema(max_length = 500)]
    pub alt: String,
}

/// Name and description in one language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Text {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[serde(default)]
    #[schema(max_length = 10000)]
    pub description: String,
}

/// Texts by language tag, such as `en`.
pub type Translations = BTreeMap<String, Text>;

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    /// For addresses that people read; unique, also among those of the past.
    pub slug: String,
    pub name: String,
    pub description: String,
    pub category_id: Option<CategoryId>,
    pub status: Status,
    pub tax_class: String,
    /// None when the product comes in one kind.
    pub axes: Vec<Axis>,
    /// Grows by one with each edit of anything of the product; stock does not count.
    pub version: i64,
    pub created_at: time::OffsetDateTime,
    pub updated_at: time::OffsetDateTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_from_a_table_keep_what_they_are_called_elsewhere() {
        let text = |values: &[(&str, &str)]| AxisText {
            name: "Size".into(),
            values: values.iter().map(|&(value, called)| (value.into(), called.into())).collect(),
        };
        let mut old = Axis::new("Ukuran", vec!["Kecil".into(), "Besar".into()]);
        old.translations = [("en".to_owned(), text(&[("Kecil", "Small"), ("Besar", "Large")]))].into();
        let mut new = [Axis::new("Ukuran", vec!["Besar".into()]), Axis::new("Warna", vec!["Merah".into()])];
        keep_translations(&mut new, &[old]);
        assert_eq!(new[0].translations["en"], text(&[("Besar", "Large")]));
        assert!(new[1].translations.is_empty());
    }
}
