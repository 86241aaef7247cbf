//! Edits a product; archiving is an edit of its status.

use warung_chassis::db::Tx;
use warung_contracts::{
    id::{CategoryId, ProductId},
    money::Money,
};

use crate::{
    domain::product::{Product, Status},
    store::{categories, products},
};

/// What to change; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Input {
    pub name: Option<String>,
    pub description: Option<String>,
    /// `Some(None)` takes the product out of its category.
    pub category_id: Option<Option<CategoryId>>,
    pub price: Option<Money>,
    pub status: Option<Status>,
}

/// Why it can't be edited.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no product {0}")]
    NoProduct(ProductId),
    #[error("there is no category {0}")]
    NoCategory(CategoryId),
    /// Somebody else was faster.
    #[error("the product is at version {current}")]
    Changed { current: i64 },
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Edits it, if it is at the version `expected`; none means any.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, id: ProductId, expected: Option<i64>, input: Input) -> Result<Product, Error> {
    let old = products::lock(tx.conn(), id).await?.ok_or(Error::NoProduct(id))?;
    if expected.is_some_and(|version| version != old.version) {
        return Err(Error::Changed { current: old.version });
    }
    let Input { name, description, category_id, price, status } = input;
    if let Some(Some(category)) = category_id {
        categories::find_path(tx.conn(), category).await?.ok_or(Error::NoCategory(category))?;
    }
    let new = Product {
        name: name.unwrap_or_else(|| old.name.clone()),
        description: description.unwrap_or_else(|| old.description.clone()),
        category_id: category_id.unwrap_or(old.category_id),
        price: price.unwrap_or(old.price),
        status: status.unwrap_or(old.status),
        ..old.clone()
    };
    if new == old {
        return Ok(old);
    }
    let new = Product { version: old.version + 1, updated_at: tx.now(), ..new };
    products::update(tx.conn(), &new).await?;
    Ok(new)
}
