//! Products, one at a time: for writes.

use sqlx::{PgConnection, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{CategoryId, ProductId};

use super::unreadable;
use crate::domain::product::{Axis, Product};

/// The product of a row that has all its columns.
pub(super) fn read(row: &PgRow) -> Result<Product, sqlx::Error> {
    let id = ProductId(row.try_get("product_id")?);
    let Json(axes): Json<Vec<Axis>> = row.try_get("options")?;
    Ok(Product {
        id,
        slug: row.try_get("slug")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        category_id: row.try_get::<Option<Uuid>, _>("category_id")?.map(CategoryId),
        status: row
            .try_get::<&str, _>("status")?
            .parse()
            .map_err(|_| unreadable("products", id, "status"))?,
        tax_class: row.try_get("tax_class")?,
        axes,
        version: row.try_get("version")?,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

/// The product, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: ProductId) -> Result<Option<Product>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT product_id, slug, name, description, category_id, status, tax_class, options, version, created_at, \
         updated_at FROM products WHERE product_id = $1 FOR NO KEY UPDATE",
    )
    .bind(id.uuid())
    .fetch_optional(conn)
    .await?;
    row.as_ref().map(read).transpose()
}

/// Adds a product. Its default variant has to follow in the same transaction. The slug must be free: see [`claim_slug`].
pub async fn insert(conn: &mut PgConnection, product: &Product) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO products (product_id, slug, name, description, category_id, status, tax_class, options, version, \
         created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(product.id.uuid())
    .bind(&product.slug)
    .bind(&product.name)
    .bind(&product.description)
    .bind(product.category_id.map(CategoryId::uuid))
    .bind(product.status.as_str())
    .bind(&product.tax_class)
    .bind(Json(&product.axes))
    .bind(product.version)
    .bind(product.created_at)
    .bind(product.updated_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what can be edited.
pub async fn update(conn: &mut PgConnection, product: &Product) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE products SET slug = $2, name = $3, description = $4, category_id = $5, status = $6, tax_class = $7, \
         options = $8, version = $9, updated_at = $10 WHERE product_id = $1",
    )
    .bind(product.id.uuid())
    .bind(&product.slug)
    .bind(&product.name)
    .bind(&product.description)
    .bind(product.category_id.map(CategoryId::uuid))
    .bind(product.status.as_str())
    .bind(&product.tax_class)
    .bind(Json(&product.axes))
    .bind(product.version)
    .bind(product.updated_at)
    .execute(conn)
    .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(sqlx::Error::RowNotFound),
    }
}

/// Whether no product has or had this slug, but for this one. Holds the slug until the transaction ends, so that of two
/// who want it one waits and finds it taken.
pub async fn slug_is_free(conn: &mut PgConnection, slug: &str, id: ProductId) -> Result<bool, sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 12))")
        .bind(slug)
        .execute(&mut *conn)
        .await?;
    let owner: Option<Uuid> = sqlx::query_scalar("SELECT product_id FROM product_slugs WHERE slug = $1")
        .bind(slug)
        .fetch_optional(conn)
        .await?;
    Ok(owner.is_none_or(|owner| owner == id.uuid()))
}

/// Writes down that the product has this slug; it stays the product's for ever.
pub async fn claim_slug(
    conn: &mut PgConnection,
    slug: &str,
    id: ProductId,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO product_slugs (slug, product_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(slug)
    .bind(id.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The product that customers see where a slug leads, and the slug it has today.
pub async fn by_slug(pool: &sqlx::PgPool, slug: &str) -> Result<Option<(ProductId, String)>, sqlx::Error> {
    let row = sqlx::query(
        "SELECT p.product_id, p.slug FROM product_slugs s JOIN products p USING (product_id) \
         WHERE s.slug = $1 AND p.status = 'active'",
    )
    .bind(slug)
    .fetch_optional(pool)
    .await?;
    row.map(|row| Ok((ProductId(row.try_get("product_id")?), row.try_get("slug")?))).transpose()
}
