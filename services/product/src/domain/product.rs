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
