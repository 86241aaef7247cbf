//! What a list could be narrowed by, and how much would be left: of one option any value (or), of each option one (and).
//! So the values of an option are counted as if none of that option were chosen yet: they say what choosing one more adds.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    list::{Filter, any_of, push_plain},
    push_current,
};
use crate::domain::category::Names;

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
    pub categories: Vec<CategoryCount>,
    /// (`Size=L`, count).
    pub choices: Vec<(String, u64)>,
    pub prices: Vec<Range>,
}

/// Products in a category or below it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CategoryCount {
    pub category_id: Uuid,
    pub slug: String,
    pub name: String,
    pub translations: Names,
    pub count: u64,
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
        "WITH candidates AS MATERIALIZED (SELECT d.categories, d.choices, d.price_minor, d.in_stock, ",
    );
    push_failed(&mut query, &filter.choices);
    query.push(" AS failed FROM catalog_documents d WHERE ");
    push_current(&mut query, now);
    push_plain(&mut query, filter);
    if let Some(text) = text {
        query.push(" AND d.search @@ websearch_to_tsquery('simple', ").push_bind(text.to_owned()).push(")");
    }
    query.push(
        "), matched AS (SELECT * FROM candidates WHERE cardinality(failed) = 0), \
         placed AS (SELECT c, count(*) AS n FROM matched, unnest(categories) AS u (c) GROUP BY c \
         ORDER BY n DESC, c LIMIT ",
    );
    query.push_bind(CATEGORIES_MAX);
    query.push(
        "), choices AS (SELECT c, count(*) AS n FROM candidates, unnest(choices) AS u (c) \
         WHERE cardinality(failed) = 0 OR (cardinality(failed) = 1 AND starts_with(c, failed[1])) \
         GROUP BY c ORDER BY n DESC, c LIMIT ",
    );
    query.push_bind(CHOICES_MAX).push("), tiles AS (SELECT price_minor, ntile(").push_bind(RANGES);
    // Equal prices stay in one range: the tile of a price is that of its first product.
    query.push(
        "::integer) OVER (ORDER BY price_minor) AS tile FROM matched), \
         first AS (SELECT price_minor, min(tile) AS tile, count(*) AS n FROM tiles GROUP BY price_minor), \
         ranges AS (SELECT min(price_minor) AS min_minor, max(price_minor) AS max_minor, sum(n) AS count FROM first GROUP BY tile) \
         SELECT json_build_object('total', (SELECT count(*) FROM matched), \
         'in_stock', (SELECT count(*) FROM matched WHERE in_stock), \
         'categories', (SELECT coalesce(json_agg(json_build_object('category_id', c, 'slug', k.slug, 'name', k.name, \
             'translations', k.translations, 'count', n) ORDER BY n DESC, c), '[]') \
             FROM placed JOIN categories k ON k.category_id = c), \
         'choices', (SELECT coalesce(json_agg(json_build_array(c, n) ORDER BY n DESC, c), '[]') FROM choices), \
         'prices', (SELECT coalesce(json_agg(r ORDER BY r.min_minor), '[]') FROM ranges r))",
    );
    let Json(facets): Json<Facets> = query.build_query_scalar().fetch_one(pool).await?;
    Ok(facets)
}

/// The options of which a product has none of the chosen values, as the beginnings of their values (`Size=`).
fn push_failed(query: &mut QueryBuilder<Postgres>, choices: &[(String, Vec<String>)]) {
    query.push("array_remove(ARRAY[");
    for (place, (name, values)) in choices.iter().enumerate() {
        query.push(if place == 0 { "" } else { ", " });
        query.push("CASE WHEN NOT d.choices && ").push_bind(any_of(name, values));
        query.push(" THEN ").push_bind(format!("{name}=")).push(" END");
    }
    query.push("]::text[], NULL)");
}
