//! Products as files say them.

use sqlx::{PgPool, Row as _, types::Json};
use warung_contracts::id::ProductId;

use crate::bulk::record::Record;

/// Languages there are texts in.
pub async fn locales(pool: &PgPool) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT DISTINCT locale FROM product_translations ORDER BY locale")
        .fetch_all(pool)
        .await
}

/// Products in the order of their ids, after one of them. Prices are their own, not those of lists; stock is that of the
/// default location, with what an import needs to know to keep what moved since; it is left out while sold items are owed
/// there. Archived variants are left out.
pub async fn after(
    pool: &PgPool,
    last: Option<ProductId>,
    limit: i64,
) -> Result<Vec<(ProductId, Record)>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT p.product_id, json_build_object('slug', p.slug, 'name', p.name, 'description', p.description, \
         'category', c.slug, 'status', p.status, 'tax_class', p.tax_class, 'options', p.options, \
         'variants', (SELECT json_agg(json_build_object('sku', v.sku, 'option_values', v.options, \
             'price_minor', v.price_minor, 'compare_at_minor', v.compare_at_minor, \
             'measures', json_build_object('weight_grams', v.weight_grams, 'length_mm', v.length_mm, \
                 'width_mm', v.width_mm, 'height_mm', v.height_mm), \
             'barcode', v.barcode, 'max_quantity', v.max_quantity, 'low_stock_at', v.low_stock_at, \
             'stock', here.on_hand, 'stock_was', here.on_hand, 'stock_movement', here.movement, \
             'backorder', here.backorder) ORDER BY v.position, v.variant_id) \
             FROM variants v LEFT JOIN LATERAL (SELECT s.backorder, \
                 CASE WHEN s.on_hand >= 0 THEN s.on_hand END AS on_hand, \
                 CASE WHEN s.on_hand >= 0 THEN (SELECT coalesce(max(movement_id), 0) FROM stock_movements) END AS movement \
                 FROM stock_levels s JOIN locations l USING (location_id) \
                 WHERE s.variant_id = v.variant_id AND l.by_default) here ON true \
             WHERE v.product_id = p.product_id AND v.status = 'active'), \
         'media', (SELECT coalesce(json_agg(json_build_object('url', m.url, 'alt', m.alt) ORDER BY m.position), '[]') \
             FROM product_media m WHERE m.product_id = p.product_id), \
         'translations', (SELECT coalesce(json_object_agg(t.locale, \
             json_build_object('name', t.name, 'description', t.description)), '{}') \
             FROM product_translations t WHERE t.product_id = p.product_id)) AS record \
         FROM products p LEFT JOIN categories c USING (category_id) \
         WHERE $1::uuid IS NULL OR p.product_id > $1 ORDER BY p.product_id LIMIT $2",
    )
    .bind(last.map(ProductId::uuid))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let record = |row: &sqlx::postgres::PgRow| {
        let Json(record): Json<Record> = row.try_get("record")?;
        Ok((ProductId(row.try_get("product_id")?), record))
    };
    rows.iter().map(record).collect()
}
