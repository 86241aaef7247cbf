//! Adds a product, with its first stock.

use warung_chassis::db::Tx;
use warung_contracts::{
    id::{CategoryId, ProductId},
    money::Money,
};

use super::adjust_stock;
use crate::{
    domain::{
        product::{Product, Status},
        stock::Stock,
    },
    store::{categories, products},
};

/// What to add.
#[derive(Debug, Clone)]
pub struct Input {
    pub sku: String,
    pub name: String,
    pub description: String,
    pub category_id: Option<CategoryId>,
    pub price: Money,
    pub status: Status,
    /// Items that are there already.
    pub stock: u32,
    /// Who adds it.
    pub actor: String,
}

/// Why it can't be added.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("another product has the SKU {0}")]
    SkuTaken(String),
    #[error("there is no category {0}")]
    NoCategory(CategoryId),
    #[error(transparent)]
    Stock(#[from] adjust_stock::Error),
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Adds it.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, input: Input) -> Result<Product, Error> {
    let Input { sku, name, description, category_id, price, status, stock, actor } = input;
    if let Some(category) = category_id {
        categories::find_path(tx.conn(), category).await?.ok_or(Error::NoCategory(category))?;
    }
    let (id, now) = (ProductId(tx.new_uuid()), tx.now());
    let product = Product {
        id,
        sku,
        name,
        description,
        category_id,
        price,
        status,
        stock: Stock::default(),
        version: 1,
        created_at: now,
        updated_at: now,
    };
    if !products::insert(tx.conn(), &product).await? {
        return Err(Error::SkuTaken(product.sku));
    }
    if stock == 0 {
        return Ok(product);
    }
    let first =
        adjust_stock::Input { product_id: id, delta: i64::from(stock), reason: "first stock".into(), actor };
    Ok(Product { stock: adjust_stock::run(tx, first).await?, ..product })
}
