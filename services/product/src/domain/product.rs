//! A product.

use serde::{Deserialize, Serialize};
use warung_contracts::{
    id::{CategoryId, ProductId},
    money::Money,
};

use super::stock::Stock;

/// The dearest price, in minor units: 500 lines of 999 items still fit 64 bits.
pub const PRICE_MAX_MINOR: i64 = 10_000_000_000_000;

/// Whether customers see a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not yet.
    Draft,
    /// Yes.
    Active,
    /// No more.
    Archived,
}

impl Status {
    /// The name in the database and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Archived => "archived",
        }
    }

    /// The status of this name.
    pub fn of(text: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Archived].into_iter().find(|status| status.as_str() == text)
    }
}

/// A product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub id: ProductId,
    pub sku: String,
    pub name: String,
    pub description: String,
    pub category_id: Option<CategoryId>,
    pub price: Money,
    pub status: Status,
    pub stock: Stock,
    /// Grows by one with each edit; stock does not count.
    pub version: i64,
    pub created_at: time::OffsetDateTime,
    pub updated_at: time::OffsetDateTime,
}
