//! The stock of the whole shop, by variant: what staff look through.

use serde::Deserialize;
use sqlx::{PgPool, Row as _, postgres::PgRow, types::Json};
use uuid::Uuid;
use warung_contracts::id::{LocationId, ProductId, VariantId};

/// Which stock.
#[derive(Debug, Clone, Copy)]
pub struct Filter {
    /// Only what is low by the variant's own threshold, or out.
    pub low: bool,
    /// Only with fewer free items than this.
    pub below: Option<i64>,
    /// There alone; everywhere that serves when none.
    pub location_id: Option<LocationId>,
}

/// A variant and where it is.
#[derive(Debug, Clone)]
pub struct Stocked {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub sku: String,
    /// Of the product.
    pub name: String,
    pub low_stock_at: i64,
    /// Items that are there and nobody's.
    pub free: i64,
    /// Items that can be promised.
    pub available: i64,
    pub places: Vec<Place>,
}

/// A variant's stock at a location.
#[derive(Debug, Clone, Deserialize)]
pub struct Place {
    pub location_id: Uuid,
    pub code: String,
    pub on_hand: i64,
    pub reserved: i64,
    pub backorder: i64,
}

/// Stock of what is not archived, in the order of variants, after one of them.
pub async fn list(
    pool: &PgPool,
    filter: &Filter,
    after: Option<VariantId>,
    limit: i64,
) -> Result<Vec<Stocked>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT p.product_id, v.variant_id, v.sku, p.name, v.low_stock_at, \
         sum(greatest(s.on_hand - s.reserved, 0))::bigint AS free, \
         sum(s.on_hand - s.reserved + s.backorder)::bigint AS available, \
         json_agg(json_build_object('location_id', s.location_id, 'code', l.code, 'on_hand', s.on_hand, \
             'reserved', s.reserved, 'backorder', s.backorder) ORDER BY l.priority, l.location_id) AS places \
         FROM variants v JOIN products p USING (product_id) JOIN stock_levels s USING (variant_id) \
         JOIN locations l USING (location_id) \
         WHERE v.status = 'active' AND p.status <> 'archived' AND l.active \
         AND ($1::uuid IS NULL OR l.location_id = $1) AND ($2::uuid IS NULL OR v.variant_id > $2) \
         GROUP BY p.product_id, v.variant_id \
         HAVING (NOT $3 OR sum(greatest(s.on_hand - s.reserved, 0)) <= v.low_stock_at) \
         AND ($4::bigint IS NULL OR sum(greatest(s.on_hand - s.reserved, 0)) < $4) \
         ORDER BY v.variant_id LIMIT $5",
    )
    .bind(filter.location_id.map(LocationId::uuid))
    .bind(after.map(VariantId::uuid))
    .bind(filter.low)
    .bind(filter.below)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(stocked).collect()
}

fn stocked(row: &PgRow) -> Result<Stocked, sqlx::Error> {
    let Json(places): Json<Vec<Place>> = row.try_get("places")?;
    Ok(Stocked {
        product_id: ProductId(row.try_get("product_id")?),
        variant_id: VariantId(row.try_get("variant_id")?),
        sku: row.try_get("sku")?,
        name: row.try_get("name")?,
        low_stock_at: row.try_get("low_stock_at")?,
        free: row.try_get("free")?,
        available: row.try_get("available")?,
        places,
    })
}
