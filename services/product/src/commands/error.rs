//! Why something of the catalogue can't be written.

use warung_contracts::id::{CategoryId, LocationId, PriceListId, ProductId, VariantId};

use crate::domain::draft::{Fault, Faults};

/// Why it can't be written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Each fault names its field.
    #[error("{}", told(.0))]
    Invalid(Vec<Fault>),
    #[error("there is no product {0}")]
    NoProduct(ProductId),
    #[error("there is no variant {0}")]
    NoVariant(VariantId),
    /// The one that was asked for, not one of a body.
    #[error("there is no category {0}")]
    UnknownCategory(CategoryId),
    #[error("another category has the slug {0}")]
    CategorySlugTaken(String),
    /// It holds these many subcategories and products.
    #[error("the category holds {categories} categories and {products} products")]
    CategoryInUse { categories: i64, products: i64 },
    #[error("there is no location {0}")]
    NoLocation(LocationId),
    #[error("there is no price list {0}")]
    NoPriceList(PriceListId),
    #[error("another variant has the SKU {0}")]
    SkuTaken(String),
    #[error("another product has, or had, the slug {0}")]
    SlugTaken(String),
    #[error("another location has the code {0}")]
    CodeTaken(String),
    /// Somebody else was faster.
    #[error("it is at version {current}")]
    Changed { current: i64 },
    /// Less than what is reserved would be left, or more than can be counted.
    #[error("{available} items are free; {delta} can't be added to that")]
    OutOfRange { available: i64, delta: i64 },
    /// More is promised already than would be allowed.
    #[error("more items are promised already than a backorder of {0} allows")]
    BackorderInUse(u32),
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

impl Error {
    /// # Errors
    ///
    /// When whoever edits it expects another version than it has.
    pub fn unless_at(expected: Option<i64>, current: i64) -> Result<(), Self> {
        match expected.is_some_and(|version| version != current) {
            true => Err(Self::Changed { current }),
            false => Ok(()),
        }
    }

    /// One field that is wrong.
    pub fn field(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault { field: field.into(), text: text.into() }])
    }
}

fn told(faults: &[Fault]) -> String {
    let all: Vec<String> = faults.iter().map(|fault| format!("{} {}", fault.field, fault.text)).collect();
    all.join("; ")
}

impl Faults {
    /// # Errors
    ///
    /// When there are any.
    pub fn none(self) -> Result<(), Error> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
