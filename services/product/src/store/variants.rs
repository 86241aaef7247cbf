//! Variants: for writes.

use sqlx::{PgConnection, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    id::{ProductId, VariantId},
    money::Money,
};

use super::{unreadable, unsigned};
use crate::domain::variant::{Choice, Measures, Variant};

fn variant(row: &PgRow) -> Result<Variant, sqlx::Error> {
    let id = VariantId(row.try_get("variant_id")?);
    let count = |column| unsigned("variants", id, column, i64::from(row.try_get::<i32, _>(column)?));
    let currency: &str = row.try_get("currency")?;
    let currency = currency.parse().map_err(|_| unreadable("variants", id, "currency"))?;
    let Json(choice): Json<Choice> = row.try_get("options")?;
    let compare_at: Option<i64> = row.try_get("compare_at_minor")?;
    Ok(Variant {
        id,
        product_id: ProductId(row.try_get("product_id")?),
        position: row.try_get("position")?,
        sku: row.try_get("sku")?,
        choice,
        price: Money::new(row.try_get("price_minor")?, currency),
        compare_at: compare_at.map(|minor| Money::new(minor, currency)),
        measures: Measures {
            weight_grams: count("weight_grams")?,
            length_mm: count("length_mm")?,
            width_mm: count("width_mm")?,
            height_mm: count("height_mm")?,
        },
        barcode: row.try_get("barcode")?,
        max_quantity: count("max_quantity")?,
        low_stock_at: unsigned("variants", id, "low_stock_at", row.try_get("low_stock_at")?)?,
        status: row
            .try_get::<&str, _>("status")?
            .parse()
            .map_err(|_| unreadable("variants", id, "status"))?,
    })
}

/// All variants of a product, the default one first. Whoever changes them holds the product's lock.
pub async fn of(conn: &mut PgConnection, id: ProductId) -> Result<Vec<Variant>, sqlx::Error> {
    let rows = sqlx::query("SELECT * FROM variants WHERE product_id = $1 ORDER BY position, variant_id")
        .bind(id.uuid())
        .fetch_all(conn)
        .await?;
    rows.iter().map(variant).collect()
}

/// The product of a variant.
pub async fn product_of(conn: &mut PgConnection, id: VariantId) -> Result<Option<ProductId>, sqlx::Error> {
    let found: Option<Uuid> = sqlx::query_scalar("SELECT product_id FROM variants WHERE variant_id = $1")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    Ok(found.map(ProductId))
}

/// Holds these variants until the transaction ends; returns their products. Whoever changes stock by hand does so before the
/// first level is locked: levels that are opened then are nobody else's, and none waits for another in a circle.
pub async fn hold(
    conn: &mut PgConnection,
    ids: impl IntoIterator<Item = VariantId>,
) -> Result<Vec<ProductId>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(VariantId::uuid).collect();
    let query =
        "SELECT product_id FROM variants WHERE variant_id = ANY ($1) ORDER BY variant_id FOR NO KEY UPDATE";
    let held: Vec<Uuid> = sqlx::query_scalar(query).bind(ids).fetch_all(conn).await?;
    Ok(held.into_iter().map(ProductId).collect())
}

/// The product that has a variant with this SKU.
pub async fn product_with_sku(conn: &mut PgConnection, sku: &str) -> Result<Option<ProductId>, sqlx::Error> {
    let found: Option<Uuid> = sqlx::query_scalar("SELECT product_id FROM variants WHERE sku = $1")
        .bind(sku)
        .fetch_optional(conn)
        .await?;
    Ok(found.map(ProductId))
}

/// Adds a variant; false when its SKU is taken.
pub async fn insert(
    conn: &mut PgConnection,
    variant: &Variant,
    actor: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO variants (variant_id, product_id, position, sku, options, price_minor, compare_at_minor, currency, \
         weight_grams, length_mm, width_mm, height_mm, barcode, max_quantity, low_stock_at, status, created_at, updated_at, changed_by) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18) \
         ON CONFLICT (sku) DO NOTHING",
    )
    .bind(variant.id.uuid())
    .bind(variant.product_id.uuid())
    .bind(variant.position)
    .bind(&variant.sku)
    .bind(Json(&variant.choice))
    .bind(variant.price.amount_minor)
    .bind(variant.compare_at.map(|money| money.amount_minor))
    .bind(variant.price.currency.code())
    .bind(i64::from(variant.measures.weight_grams))
    .bind(i64::from(variant.measures.length_mm))
    .bind(i64::from(variant.measures.width_mm))
    .bind(i64::from(variant.measures.height_mm))
    .bind(&variant.barcode)
    .bind(i64::from(variant.max_quantity))
    .bind(i64::from(variant.low_stock_at))
    .bind(variant.status.as_str())
    .bind(now)
    .bind(actor)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes what can be edited; the SKU never changes.
pub async fn update(
    conn: &mut PgConnection,
    variant: &Variant,
    actor: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE variants SET options = $2, price_minor = $3, compare_at_minor = $4, weight_grams = $5, length_mm = $6, \
         width_mm = $7, height_mm = $8, barcode = $9, max_quantity = $10, low_stock_at = $11, status = $12, \
         updated_at = $13, changed_by = $14 WHERE variant_id = $1",
    )
    .bind(variant.id.uuid())
    .bind(Json(&variant.choice))
    .bind(variant.price.amount_minor)
    .bind(variant.compare_at.map(|money| money.amount_minor))
    .bind(i64::from(variant.measures.weight_grams))
    .bind(i64::from(variant.measures.length_mm))
    .bind(i64::from(variant.measures.width_mm))
    .bind(i64::from(variant.measures.height_mm))
    .bind(&variant.barcode)
    .bind(i64::from(variant.max_quantity))
    .bind(i64::from(variant.low_stock_at))
    .bind(variant.status.as_str())
    .bind(now)
    .bind(actor)
    .execute(conn)
    .await?;
    match done.rows_affected() {
        1 => Ok(()),
        _ => Err(sqlx::Error::RowNotFound),
    }
}
