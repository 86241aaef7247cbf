//! Price lists, their prices, and what prices were.

use sqlx::{PgConnection, PgPool, Row as _, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{PriceListId, ProductId, VariantId};

use crate::domain::price_list::{Period, PriceList};

/// The bounds of time that a column may hold become none: types of Rust hold no infinity.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT price_list_id, name, priority, active, version, nullif(valid_from, '-infinity') AS valid_from, ",
            "nullif(valid_until, 'infinity') AS valid_until FROM price_lists ",
            $rest
        )
    };
}

fn price_list(row: &PgRow) -> Result<PriceList, sqlx::Error> {
    Ok(PriceList {
        id: PriceListId(row.try_get("price_list_id")?),
        name: row.try_get("name")?,
        priority: row.try_get("priority")?,
        active: row.try_get("active")?,
        period: Period { from: row.try_get("valid_from")?, until: row.try_get("valid_until")? },
        version: row.try_get("version")?,
    })
}

/// Lists after one of a priority, those that win first.
pub async fn list(
    pool: &PgPool,
    after: Option<(i32, PriceListId)>,
    limit: i64,
) -> Result<Vec<PriceList>, sqlx::Error> {
    let (priority, id) = after.unzip();
    let rows = sqlx::query(select!(
        "WHERE deleted_at IS NULL AND ($1::integer IS NULL OR priority < $1 OR (priority = $1 AND price_list_id > $2)) \
         ORDER BY priority DESC, price_list_id LIMIT $3"
    ))
    .bind(priority)
    .bind(id.map(PriceListId::uuid))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.iter().map(price_list).collect()
}

/// A list.
pub async fn find(pool: &PgPool, id: PriceListId) -> Result<Option<PriceList>, sqlx::Error> {
    let row = sqlx::query(select!("WHERE price_list_id = $1 AND deleted_at IS NULL"))
        .bind(id.uuid())
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(price_list).transpose()
}

/// A list, locked until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: PriceListId) -> Result<Option<PriceList>, sqlx::Error> {
    let row = sqlx::query(select!("WHERE price_list_id = $1 AND deleted_at IS NULL FOR NO KEY UPDATE"))
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    row.as_ref().map(price_list).transpose()
}

/// Writes a list, new or edited.
pub async fn put(conn: &mut PgConnection, list: &PriceList, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO price_lists (price_list_id, name, priority, active, valid_from, valid_until, created_at, updated_at, version) \
         VALUES ($1, $2, $3, $4, coalesce($5, '-infinity'), coalesce($6, 'infinity'), $7, $7, $8) \
         ON CONFLICT (price_list_id) DO UPDATE SET name = $2, priority = $3, active = $4, \
         valid_from = coalesce($5, '-infinity'), valid_until = coalesce($6, 'infinity'), updated_at = $7, version = $8",
    )
    .bind(list.id.uuid())
    .bind(&list.name)
    .bind(list.priority)
    .bind(list.active)
    .bind(list.period.from)
    .bind(list.period.until)
    .bind(now)
    .bind(list.version)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a list and its prices away, and notes each price that ends.
pub async fn delete(
    conn: &mut PgConnection,
    id: PriceListId,
    actor: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "WITH gone AS (DELETE FROM price_list_prices WHERE price_list_id = $1 RETURNING variant_id), \
         noted AS (INSERT INTO price_changes (variant_id, price_list_id, price_minor, changed_at, actor) \
             SELECT variant_id, $1, NULL, $2, $3 FROM gone) \
         UPDATE price_lists SET deleted_at = $2, active = false, updated_at = $2 WHERE price_list_id = $1",
    )
    .bind(id.uuid())
    .bind(now)
    .bind(actor)
    .execute(conn)
    .await?;
    Ok(())
}

/// A price of a list, beside the variant's own.
#[derive(Debug, Clone)]
pub struct Entry {
    pub product_id: ProductId,
    pub variant_id: VariantId,
    pub sku: String,
    /// Of the product.
    pub name: String,
    pub price_minor: i64,
    pub own_price_minor: i64,
}

/// The prices of a list in the order of their variants, after one of them.
pub async fn entries(
    pool: &PgPool,
    id: PriceListId,
    after: Option<VariantId>,
    limit: i64,
) -> Result<Vec<Entry>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT v.product_id, i.variant_id, v.sku, p.name, i.price_minor, v.price_minor AS own_price_minor \
         FROM price_list_prices i JOIN variants v USING (variant_id) JOIN products p USING (product_id) \
         WHERE i.price_list_id = $1 AND ($2::uuid IS NULL OR i.variant_id > $2) ORDER BY i.variant_id LIMIT $3",
    )
    .bind(id.uuid())
    .bind(after.map(VariantId::uuid))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let entry = |row: &PgRow| {
        Ok(Entry {
            product_id: ProductId(row.try_get("product_id")?),
            variant_id: VariantId(row.try_get("variant_id")?),
            sku: row.try_get("sku")?,
            name: row.try_get("name")?,
            price_minor: row.try_get("price_minor")?,
            own_price_minor: row.try_get("own_price_minor")?,
        })
    };
    rows.iter().map(entry).collect()
}

/// The products of which a list has a price.
pub async fn products_of(conn: &mut PgConnection, id: PriceListId) -> Result<Vec<ProductId>, sqlx::Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT DISTINCT v.product_id FROM price_list_prices JOIN variants v USING (variant_id) WHERE price_list_id = $1",
    )
    .bind(id.uuid())
    .fetch_all(conn)
    .await?;
    Ok(ids.into_iter().map(ProductId).collect())
}

/// Products and currencies of these variants, by variant; those that don't exist are left out.
pub async fn variants(
    conn: &mut PgConnection,
    ids: &[VariantId],
) -> Result<Vec<(VariantId, ProductId)>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query("SELECT variant_id, product_id FROM variants WHERE variant_id = ANY($1)")
        .bind(ids)
        .fetch_all(conn)
        .await?;
    let pair =
        |row: &PgRow| Ok((VariantId(row.try_get("variant_id")?), ProductId(row.try_get("product_id")?)));
    rows.iter().map(pair).collect()
}

/// Sets prices of a list, or takes them out where there is none, and notes each that differs.
pub async fn set_prices(
    conn: &mut PgConnection,
    id: PriceListId,
    prices: &[(VariantId, Option<i64>)],
    actor: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let variants: Vec<Uuid> = prices.iter().map(|(variant, _)| variant.uuid()).collect();
    let minors: Vec<Option<i64>> = prices.iter().map(|(_, minor)| *minor).collect();
    sqlx::query(
        "WITH wanted AS (SELECT * FROM unnest($2::uuid[], $3::bigint[]) AS w (variant_id, price_minor)), \
         gone AS (DELETE FROM price_list_prices i USING wanted w \
             WHERE i.price_list_id = $1 AND i.variant_id = w.variant_id AND w.price_minor IS NULL RETURNING i.variant_id), \
         put AS (INSERT INTO price_list_prices AS i (price_list_id, variant_id, price_minor) \
             SELECT $1, variant_id, price_minor FROM wanted WHERE price_minor IS NOT NULL \
             ON CONFLICT (variant_id, price_list_id) DO UPDATE SET price_minor = excluded.price_minor \
             WHERE i.price_minor <> excluded.price_minor RETURNING i.variant_id, i.price_minor) \
         INSERT INTO price_changes (variant_id, price_list_id, price_minor, changed_at, actor) \
         SELECT variant_id, $1, NULL, $4, $5 FROM gone UNION ALL SELECT variant_id, $1, price_minor, $4, $5 FROM put",
    )
    .bind(id.uuid())
    .bind(variants)
    .bind(minors)
    .bind(now)
    .bind(actor)
    .execute(conn)
    .await?;
    Ok(())
}

/// A price that something had.
#[derive(Debug, Clone)]
pub struct PriceChange {
    pub number: i64,
    pub variant_id: VariantId,
    pub price_list_id: Option<PriceListId>,
    pub price_minor: Option<i64>,
    pub compare_at_minor: Option<i64>,
    /// Who set it, where somebody was noted.
    pub actor: Option<String>,
    pub changed_at: OffsetDateTime,
}

/// What the prices of a product were, the newest first, before a number.
pub async fn history(
    pool: &PgPool,
    id: ProductId,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<PriceChange>, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT c.change_id, c.variant_id, c.price_list_id, c.price_minor, c.compare_at_minor, c.actor, c.changed_at \
         FROM price_changes c JOIN variants v USING (variant_id) \
         WHERE v.product_id = $1 AND ($2::bigint IS NULL OR c.change_id < $2) ORDER BY c.change_id DESC LIMIT $3",
    )
    .bind(id.uuid())
    .bind(before)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    let change = |row: &PgRow| {
        Ok(PriceChange {
            number: row.try_get("change_id")?,
            variant_id: VariantId(row.try_get("variant_id")?),
            price_list_id: row.try_get::<Option<Uuid>, _>("price_list_id")?.map(PriceListId),
            price_minor: row.try_get("price_minor")?,
            compare_at_minor: row.try_get("compare_at_minor")?,
            actor: row.try_get("actor")?,
            changed_at: row.try_get("changed_at")?,
        })
    };
    rows.iter().map(change).collect()
}
