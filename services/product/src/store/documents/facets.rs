//! What a list could be narrowed by, and how much would be left.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, QueryBuilder, types::Json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    list::{Filter, push_filter},
    push_current,
};

/// Values of options at most.
const CHOICES_MAX: i64 = 200;
/// Categories at most.
const CATEGORIES_MAX: i64 = 200;
/// Ranges of prices: each holds about as many products.
const RANGES: i64 = 5;

/// What the products of a list have in common, with counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Facets {
    pub total: u64,
    pub in_stock: u64,
    pub categories: Vec<(Uuid, u64)>,
    /// (`Size=L`, count).
    pub choices: Vec<(String, u64)>,
    pub prices: Vec<Range>,
}

/// Products whose price is in a range, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Range {
    /// Minor units.
    pub min_minor: i64,
    /// Minor units.
    pub max_minor: i64,
    pub count: u64,
}

/// Counts what a filter, and words if there are any, leave.
pub async fn facets(
    pool: &PgPool,
    filter: &Filter,
    text: Option<&str>,
    now: OffsetDateTime,
) -> Result<Facets, sqlx::Error> {
    let mut query = QueryBuilder::new(
        "WITH matched AS MATERIALIZED (SELECT d.product_id, d.categories, d.choices, d.price_minor, d.in_stock \
         FROM catalog_documents d WHERE ",
    );
    push_current(&mut query, now);
    push_filter(&mut query, filter);
    if let Some(text) = text {
        query.push(" AND d.search @@ websearch_to_tsquery('simple', ").push_bind(text.to_owned()).push(")");
    }
    query.push(
        "), categories AS (SELECT c, count(*) AS n FROM matched, unnest(categories) AS u (c) GROUP BY c \
         ORDER BY n DESC, c LIMIT ",
    );
    query.push_bind(CATEGORIES_MAX);
    query.push(
        "), choices AS (SELECT c, count(*) AS n FROM matched, unnest(choices) AS u (c) GROUP BY c ORDER BY n DESC, c LIMIT ",
    );
    query.push_bind(CHOICES_MAX).push("), tiles AS (SELECT price_minor, ntile(").push_bind(RANGES);
    // Equal prices stay in one range: the tile of a price is that of its first product.
    query.push(
        "::integer) OVER (ORDER BY price_minor) AS tile FROM matched), \
         first AS (SELECT price_minor, min(tile) AS tile, count(*) AS n FROM tiles GROUP BY price_minor), \
         ranges AS (SELECT min(price_minor) AS min_minor, max(price_minor) AS max_minor, sum(n) AS count FROM first GROUP BY tile) \
         SELECT json_build_object('total', (SELECT count(*) FROM matched), \
         'in_stock', (SELECT count(*) FROM matched WHERE in_stock), \
         'categories', (SELECT coalesce(json_agg(json_build_array(c, n) ORDER BY n DESC, c), '[]') FROM categories), \
         'choices', (SELECT coalesce(json_agg(json_build_array(c, n) ORDER BY n DESC, c), '[]') FROM choices), \
         'prices', (SELECT coalesce(json_agg(r ORDER BY r.min_minor), '[]') FROM ranges r))",
    );
    let Json(facets): Json<Facets> = query.build_query_scalar().fetch_one(pool).await?;
    Ok(facets)
}
