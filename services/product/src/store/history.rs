//! What happened to a product, and who did it.

use serde_json::Value;
use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{LocationId, OrderId, PriceListId, ProductId, VariantId};

use crate::domain::history::Change;

/// Everything of a product that people edit, variants by their SKU; amounts in minor units.
pub async fn state(conn: &mut PgConnection, id: ProductId) -> Result<Value, sqlx::Error> {
    let Json(state): Json<Value> = sqlx::query_scalar(
        "SELECT json_build_object('slug', p.slug, 'name', p.name, 'description', p.description, 'status', p.status, \
         'category', (SELECT c.slug FROM categories c WHERE c.category_id = p.category_id), \
         'tax_class', p.tax_class, 'options', p.options, \
         'variants', (SELECT json_object_agg(v.sku, json_build_object('status', v.status, 'option_values', v.options, \
             'price_minor', v.price_minor, 'compare_at_minor', v.compare_at_minor, 'weight_grams', v.weight_grams, \
             'length_mm', v.length_mm, 'width_mm', v.width_mm, 'height_mm', v.height_mm, 'barcode', v.barcode, \
             'max_quantity', v.max_quantity, 'low_stock_at', v.low_stock_at, \
             'backorder', (SELECT s.backorder FROM stock_levels s JOIN locations l USING (location_id) \
                 WHERE s.variant_id = v.variant_id AND l.by_default))) \
             FROM variants v WHERE v.product_id = p.product_id), \
         'media', (SELECT json_agg(json_build_object('url', m.url, 'alt', m.alt) ORDER BY m.position) \
             FROM product_media m WHERE m.product_id = p.product_id), \
         'translations', (SELECT json_object_agg(t.locale, json_build_object('name', t.name, 'description', t.description)) \
             FROM product_translations t WHERE t.product_id = p.product_id)) \
         FROM products p WHERE p.product_id = $1",
    )
    .bind(id.uuid())
    .fetch_one(conn)
    .await?;
    Ok(state)
}

/// Writes down who did what to a product; no changes mean that it was added.
pub async fn note(
    conn: &mut PgConnection,
    id: ProductId,
    actor: &str,
    changes: Option<&[Change]>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("INSERT INTO product_edits (product_id, actor, changes, edited_at) VALUES ($1, $2, $3, $4)")
        .bind(id.uuid())
        .bind(actor)
        .bind(changes.map(Json))
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Something that happened to a product.
#[derive(Debug, Clone)]
pub struct Happened {
    pub at: OffsetDateTime,
    /// Of which record it is: its name and the number there.
    pub record: (String, i64),
    /// A user's id or a command; none for orders, and where nobody was noted.
    pub actor: Option<String>,
    pub deed: Deed,
}

/// What was done.
#[derive(Debug, Clone)]
pub enum Deed {
    Added,
    Edited(Vec<Change>),
    /// A price that holds from then on; none where a list no longer has one.
    Priced {
        variant_id: VariantId,
        price_list_id: Option<PriceListId>,
        price_minor: Option<i64>,
        compare_at_minor: Option<i64>,
    },
    Moved {
        variant_id: VariantId,
        location_id: LocationId,
        kind: String,
        on_hand_delta: i64,
        reserved_delta: i64,
        order_id: Option<OrderId>,
        reason: Option<String>,
    },
}

/// A place in the history.
pub type Place = (OffsetDateTime, String, i64);

/// What happened to a product, the newest first, before a place.
pub async fn before(
    pool: &PgPool,
    id: ProductId,
    place: Option<Place>,
    limit: i64,
) -> Result<Vec<Happened>, sqlx::Error> {
    let (at, record, number) = place.map_or((None, None, None), |(at, r, n)| (Some(at), Some(r), Some(n)));
    let rows = sqlx::query(
        "SELECT * FROM ( \
             SELECT 'edit' AS record, edit_id AS number, edited_at AS at, actor, changes, NULL::uuid AS variant_id, \
                 NULL::uuid AS other_id, NULL::uuid AS order_id, NULL::text AS kind, NULL::bigint AS first, \
                 NULL::bigint AS second, NULL::text AS reason \
             FROM product_edits WHERE product_id = $1 \
             UNION ALL SELECT 'price', c.change_id, c.changed_at, c.actor, NULL, c.variant_id, c.price_list_id, NULL, NULL, \
                 c.price_minor, c.compare_at_minor, NULL \
             FROM price_changes c JOIN variants v USING (variant_id) WHERE v.product_id = $1 \
             UNION ALL SELECT 'stock', movement_id, created_at, actor, NULL, variant_id, location_id, order_id, kind, \
                 on_hand_delta, reserved_delta, reason \
             FROM stock_movements WHERE product_id = $1) AS h \
         WHERE $2::timestamptz IS NULL OR (h.at, h.record, h.number) < ($2, $3, $4) \
         ORDER BY h.at DESC, h.record DESC, h.number DESC LIMIT $5",
    )
    .bind(id.uuid())
    .bind(at)
    .bind(record)
    .bind(number)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(happened).collect()
}

fn happened(row: &PgRow) -> Result<Happened, sqlx::Error> {
    let record: String = row.try_get("record")?;
    let deed = match record.as_str() {
        "edit" => edit(row)?,
        "price" => priced(row)?,
        _ => moved(row)?,
    };
    let (at, actor) = (row.try_get("at")?, row.try_get("actor")?);
    Ok(Happened { at, record: (record, row.try_get("number")?), actor, deed })
}

fn edit(row: &PgRow) -> Result<Deed, sqlx::Error> {
    let changes: Option<Json<Vec<Change>>> = row.try_get("changes")?;
    Ok(changes.map_or(Deed::Added, |Json(changes)| Deed::Edited(changes)))
}

fn priced(row: &PgRow) -> Result<Deed, sqlx::Error> {
    Ok(Deed::Priced {
        variant_id: VariantId(row.try_get("variant_id")?),
        price_list_id: row.try_get::<Option<Uuid>, _>("other_id")?.map(PriceListId),
        price_minor: row.try_get("first")?,
        compare_at_minor: row.try_get("second")?,
    })
}

fn moved(row: &PgRow) -> Result<Deed, sqlx::Error> {
    Ok(Deed::Moved {
        variant_id: VariantId(row.try_get("variant_id")?),
        location_id: LocationId(row.try_get("other_id")?),
        kind: row.try_get("kind")?,
        on_hand_delta: row.try_get("first")?,
        reserved_delta: row.try_get("second")?,
        order_id: row.try_get::<Option<Uuid>, _>("order_id")?.map(OrderId),
        reason: row.try_get("reason")?,
    })
}
