//! Products, one at a time: for writes.

use sqlx::{PgConnection, Row as _, postgres::PgRow};
use uuid::Uuid;
use warung_contracts::{
    id::{CategoryId, ProductId},
    money::Money,
};

use super::unreadable;
use crate::domain::{
    product::{Product, Status},
    stock::Stock,
};

/// A row with all columns of a product.
pub fn product(row: &PgRow) -> Result<Product, sqlx::Error> {
    let id = ProductId(row.try_get("product_id")?);
    let bad = |column| unreadable("products", id, column);
    let currency: &str = row.try_get("currency")?;
    let (on_hand, reserved) = (row.try_get("on_hand")?, row.try_get("reserved")?);
    Ok(Product {
        id,
        sku: row.try_get("sku")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        category_id: row.try_get::<Option<Uuid>, _>("category_id")?.map(CategoryId),
        price: Money::new(row.try_get("price_minor")?, currency.parse().map_err(|_| bad("currency"))?),
        status: Status::of(row.try_get("status")?).ok_or_else(|| bad("status"))?,
        stock: Stock::new(on_hand, reserved).ok_or_else(|| bad("on_hand"))?,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

/// The product, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: ProductId) -> Result<Option<Product>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT product_id, sku, name, description, category_id, price_minor, currency, status, on_hand, reserved, \
         version, created_at, updated_at FROM products WHERE product_id = $1 FOR NO KEY UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(product).transpose()
}

/// Adds a product without stock; false when its SKU is taken.
pub async fn insert(conn: &mut PgConnection, product: &Product) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO products (product_id, sku, name, description, category_id, price_minor, currency, status, on_hand, \
         reserved, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, $9, $10, $11) \
         ON CONFLICT (sku) DO NOTHING",
    )
    .bind(product.id.uuid())
    .bind(&product.sku)
    .bind(&product.name)
    .bind(&product.description)
    .bind(product.category_id.map(CategoryId::uuid))
    .bind(product.price.amount_minor)
    .bind(product.price.currency.code())
    .bind(product.status.as_str())
    .bind(product.version)
    .bind(product.created_at)
    .bind(product.updated_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes what can be edited; stock is not part of it.
pub async fn update(conn: &mut PgConnection, product: &Product) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE products SET name = $2, description = $3, category_id = $4, price_minor = $5, status = $6, version = $7, \
         updated_at = $8 WHERE product_id = $1",
    )
    .bind(product.id.uuid())
    .bind(&product.name)
    .bind(&product.description)
    .bind(product.category_id.map(CategoryId::uuid))
    .bind(product.price.amount_minor)
    .bind(product.status.as_str())
    .bind(product.version)
    .bind(product.updated_at)
    .execute(conn)
    .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(sqlx::Error::RowNotFound),
    }
}
