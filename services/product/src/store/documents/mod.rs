//! The read model: documents of products as customers see them, made of the tables of record.

mod counted;
mod facets;
mod fit;
mod generation;
mod index;
mod labels;
mod list;
mod search;
mod suggest;

pub use facets::{CategoryCount, Facets, Range, facets};
pub use generation::{Build, rebuild};
pub use index::{index, outdated};
pub use labels::{Labels, labels};
pub use list::{Filter, Listed, Place, Sort, list};
pub use search::{At, Mark, Order, Search, search};
pub use suggest::{Suggestion, suggest};

use sqlx::{PgPool, Postgres, QueryBuilder, Row as _, postgres::PgRow, types::Json};
use std::collections::HashMap;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    id::{CategoryId, ProductId, VariantId},
    money::Money,
};

use super::unreadable;
use crate::domain::{
    availability::{Availability, availability},
    locale::Wanted,
};

/// What the read model is written to.
pub const TABLES: [&str; 3] = ["catalog_documents", "catalog_variants", "catalog_words"];

/// What lists say of a product.
#[derive(Debug, Clone)]
pub struct Document {
    pub id: ProductId,
    pub slug: String,
    pub sku: String,
    /// The language of name and summary, when they are a translation.
    pub locale: Option<String>,
    pub name: String,
    /// The beginning of the description.
    pub summary: String,
    pub image: Option<String>,
    pub category_id: Option<CategoryId>,
    /// Of the variants that fit the filter, or of all when it asks nothing of variants; the cheapest one's.
    pub price: Money,
    pub compare_at: Option<Money>,
    /// The cheapest variant that fits a filter which asks something of variants.
    pub variant_id: Option<VariantId>,
    /// Items that can be promised now.
    pub available: i64,
    /// That of its best variant.
    pub availability: Availability,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

/// The columns that [`document`] reads; the text in the first language of `$tags` that there is.
fn push_columns(query: &mut QueryBuilder<Postgres>, wanted: &Wanted, filter: &Filter) {
    query.push(
        "d.product_id, d.slug, d.sku, d.image, d.category_id, d.currency, d.created_at, d.updated_at, ",
    );
    let (price, variant) = (fit::price_of(filter), fit::variant_of(filter));
    query.push(format!("{price}.price_minor, {price}.compare_at_minor, {variant} AS variant_id, "));
    if wanted.tags().is_empty() {
        query.push("d.name AS shown_name, d.summary AS shown_summary, NULL::jsonb AS translations ");
    } else {
        query.push(
            "d.name AS shown_name, d.summary AS shown_summary, nullif(d.translations, '{}') AS translations ",
        );
    }
}

/// Documents that show what is true at a moment, of the generation that is live.
fn push_current(query: &mut QueryBuilder<Postgres>, now: OffsetDateTime) {
    query.push("d.generation = (SELECT generation FROM catalog_generations WHERE state = 'live') AND d.valid_from <= ");
    query.push_bind(now).push(" AND d.valid_until > ").push_bind(now);
}

#[derive(Debug, serde::Deserialize)]
struct Shown {
    name: String,
    summary: String,
}

fn document(row: &PgRow, wanted: &Wanted) -> Result<Document, sqlx::Error> {
    let id = ProductId(row.try_get("product_id")?);
    let currency: &str = row.try_get("currency")?;
    let currency = currency.parse().map_err(|_| unreadable("catalog_documents", id, "currency"))?;
    let price: i64 = row.try_get("price_minor")?;
    let compare_at: Option<i64> = row.try_get("compare_at_minor")?;
    let texts: Option<Json<HashMap<String, Shown>>> = row.try_get("translations")?;
    let mut texts = texts.map(|Json(texts)| texts).unwrap_or_default();
    let tag = wanted.pick(texts.keys().map(String::as_str)).map(str::to_owned);
    let shown = tag.and_then(|tag| Some((texts.remove(&tag)?, tag)));
    let (name, summary, locale) = match shown {
        Some((shown, tag)) => (shown.name, shown.summary, Some(tag)),
        None => (row.try_get("shown_name")?, row.try_get("shown_summary")?, None),
    };
    Ok(Document {
        id,
        slug: row.try_get("slug")?,
        sku: row.try_get("sku")?,
        locale,
        name,
        summary,
        image: row.try_get("image")?,
        category_id: row.try_get::<Option<Uuid>, _>("category_id")?.map(CategoryId),
        price: Money::new(price, currency),
        compare_at: compare_at.map(|minor| Money::new(minor, currency)),
        variant_id: row.try_get::<Option<Uuid>, _>("variant_id")?.map(VariantId),
        available: 0,
        availability: Availability::Out,
        created_at: row.try_get("created_at")?,
        updated_at: row.try_get("updated_at")?,
    })
}

/// Fills in what can be bought now of the variants that fit: the one thing of a list that the documents don't hold, because it
/// moves too often.
async fn fill_available<'d>(
    pool: &PgPool,
    documents: impl Iterator<Item = &'d mut Document>,
    filter: &Filter,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let documents: Vec<&mut Document> = documents.collect();
    let ids: Vec<Uuid> = documents.iter().map(|document| document.id.uuid()).collect();
    let mut query = QueryBuilder::new(
        "SELECT s.product_id, v.low_stock_at, sum(s.on_hand - s.reserved + s.backorder)::bigint AS available, \
         sum(greatest(s.on_hand - s.reserved, 0))::bigint AS free FROM stock_levels s \
         JOIN locations l USING (location_id) JOIN variants v USING (variant_id) \
         WHERE l.active AND v.status = 'active' AND s.product_id = ANY(",
    );
    query.push_bind(ids).push(")");
    fit::push_variants_fit(&mut query, filter, now);
    let rows = query.push(" GROUP BY s.product_id, v.variant_id").build().fetch_all(pool).await?;
    let mut documents: HashMap<ProductId, &mut Document> =
        documents.into_iter().map(|document| (document.id, document)).collect();
    for row in &rows {
        let Some(document) = documents.get_mut(&ProductId(row.try_get("product_id")?)) else { continue };
        let (available, free) = (row.try_get("available")?, row.try_get("free")?);
        document.available += available;
        document.availability =
            document.availability.max(availability(free, available, row.try_get("low_stock_at")?));
    }
    Ok(())
}
