//! Products of a seed → tables, many rows a statement.

use serde_json::{Value, json};
use sqlx::{PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::{currency::Currency, id::ProductId};

use super::{make::Product, words::CATEGORIES};

/// A UUID of a category, the same in every shop.
fn category_id(slug: &str) -> Uuid {
    let hash = slug.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    Uuid::from_u128((0x0192_0000_0000_7000_u128 << 64) | (0b10 << 62) | u128::from(hash >> 2))
}

/// Adds the categories that are not there.
pub async fn categories(conn: &mut PgConnection, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    for (slug, name, english, parent) in CATEGORIES {
        sqlx::query(
            "INSERT INTO categories (category_id, parent_id, path, slug, name, translations, created_at) \
             SELECT $1, p.category_id, coalesce(p.path, '{}') || $1, $3, $4, jsonb_build_object('en', $5::text), $6 \
             FROM (SELECT 1) one LEFT JOIN categories p ON p.slug = $2 ON CONFLICT DO NOTHING",
        )
        .bind(category_id(slug))
        .bind(parent)
        .bind(slug)
        .bind(name)
        .bind(english)
        .bind(now)
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Adds those of these products that are not there; returns their ids.
pub async fn products(
    tx: &mut Tx,
    batch: &[Product],
    currency: Currency,
) -> Result<Vec<ProductId>, sqlx::Error> {
    let new = insert_products(tx.conn(), batch).await?;
    let batch: Vec<&Product> = batch.iter().filter(|product| new.contains(&product.id)).collect();
    let variants: Vec<Value> = batch.iter().flat_map(|product| variants(product, currency)).collect();
    run(tx.conn(), INSERT_VARIANTS, &variants).await?;
    let texts = batch.iter().map(|p| json!({"id": p.id, "name": p.name_en, "description": p.description_en}));
    run(tx.conn(), "INSERT INTO product_translations SELECT id, 'en', name, description FROM jsonb_to_recordset($1) AS r (id uuid, name text, description text)", &texts.collect::<Vec<_>>()).await?;
    Ok(new.into_iter().map(ProductId).collect())
}

async fn run(conn: &mut PgConnection, statement: &'static str, rows: &[Value]) -> Result<(), sqlx::Error> {
    sqlx::query(statement).bind(Json(rows)).execute(conn).await?;
    Ok(())
}

/// The slug's row comes with the product's, so that a slug which is another's keeps the product out.
async fn insert_products(conn: &mut PgConnection, batch: &[Product]) -> Result<Vec<Uuid>, sqlx::Error> {
    let rows: Vec<Value> = batch
        .iter()
        .map(|p| {
            json!({"id": p.id, "slug": p.slug, "name": p.name, "description": p.description, "category": p.category,
                "options": p.axes, "ms": p.created_ms})
        })
        .collect();
    sqlx::query_scalar(
        "WITH rows AS (SELECT r.*, to_timestamp(r.ms / 1000) AS at FROM jsonb_to_recordset($1) \
             AS r (id uuid, slug text, name text, description text, category text, options jsonb, ms bigint)), \
         made AS (INSERT INTO products (product_id, slug, name, description, category_id, status, options, version, \
             created_at, updated_at) \
             SELECT id, r.slug, r.name, description, c.category_id, 'active', options, 1, at, at \
             FROM rows r LEFT JOIN categories c ON c.slug = r.category \
             WHERE NOT EXISTS (SELECT FROM product_slugs s WHERE s.slug = r.slug) \
             ON CONFLICT DO NOTHING RETURNING product_id, slug, created_at), \
         named AS (INSERT INTO product_slugs (slug, product_id, created_at) SELECT slug, product_id, created_at FROM made) \
         SELECT product_id FROM made",
    )
    .bind(Json(rows))
    .fetch_all(conn)
    .await
}

const INSERT_VARIANTS: &str = "WITH rows AS (SELECT r.*, to_timestamp(r.ms / 1000) AS at FROM jsonb_to_recordset($1) \
         AS r (id uuid, product uuid, n integer, sku text, options jsonb, price bigint, compare bigint, currency text, \
         grams integer, l integer, w integer, h integer, barcode text, stock bigint, ms bigint)), \
     made AS (INSERT INTO variants (variant_id, product_id, position, sku, options, price_minor, compare_at_minor, currency, \
         weight_grams, length_mm, width_mm, height_mm, barcode, low_stock_at, status, created_at, updated_at) \
         SELECT id, product, n, sku, options, price, compare, currency, grams, l, w, h, barcode, 5, 'active', at, at FROM rows), \
     kept AS (INSERT INTO stock_levels (variant_id, location_id, product_id, on_hand) \
         SELECT id, location_id, product, stock FROM rows, locations WHERE by_default) \
     INSERT INTO stock_movements (product_id, variant_id, location_id, kind, on_hand_delta, reserved_delta, actor, reason, created_at) \
     SELECT product, id, location_id, 'adjusted', stock, 0, 'seed', 'first stock', at FROM rows, locations \
     WHERE by_default AND stock > 0";

fn variants(product: &Product, currency: Currency) -> Vec<Value> {
    let row = |(n, v): (usize, &super::make::Variant)| {
        json!({"id": v.id, "product": product.id, "n": n, "sku": v.sku, "options": v.choice, "price": v.price_minor,
            "compare": v.compare_at_minor, "currency": currency.code(), "grams": v.measures.weight_grams,
            "l": v.measures.length_mm, "w": v.measures.width_mm, "h": v.measures.height_mm, "barcode": v.barcode,
            "stock": v.stock, "ms": product.created_ms})
    };
    product.variants.iter().enumerate().map(row).collect()
}
