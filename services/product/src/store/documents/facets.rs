//! What a list could be narrowed by, and how much would be left: of one option any value (or), of each option one (and), all
//! of it in one variant. So the values of an option are counted as if none of that option were chosen yet: they say what
//! choosing one more adds; price bounds, stock and sale likewise.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{counted, list::Filter};
use crate::domain::category::Names;

/// Values of options at most.
const CHOICES_MAX: i64 = 200;
/// Categories at most.
const CATEGORIES_MAX: i64 = 200;
/// Ranges of prices: each holds about as many.
const RANGES: i32 = 5;

/// What the products of a list have in common, with counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Facets {
    pub total: u64,
    pub in_stock: u64,
    pub on_sale: u64,
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

/// Products with a price in a range, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Range {
    /// Minor units.
    pub min_minor: i64,
    /// Minor units.
    pub max_minor: i64,
    pub count: u64,
}

/// Counts what a filter, and words if there are any, leave. A variant counts for a facet when it meets all conditions but
/// the facet's own; a product, when one of its variants does.
pub async fn facets(
    pool: &PgPool,
    filter: &Filter,
    text: Option<&str>,
    now: OffsetDateTime,
) -> Result<Facets, sqlx::Error> {
    let mut query = QueryBuilder::new("WITH ");
    counted::push(&mut query, filter, text, now);
    push_placed(&mut query);
    query.push(", choices AS (SELECT c, n FROM valued ORDER BY n DESC, c LIMIT ");
    query.push_bind(CHOICES_MAX).push(")");
    push_ranges(&mut query);
    query.push(
        "SELECT json_build_object('total', (SELECT count(*) FROM products WHERE shown), \
         'in_stock', (SELECT count(*) FROM products WHERE in_stock), \
         'on_sale', (SELECT count(*) FROM products WHERE on_sale), \
         'categories', (SELECT coalesce(json_agg(json_build_object('category_id', c, 'slug', k.slug, 'name', k.name, \
             'translations', k.translations, 'count', n) ORDER BY n DESC, c), '[]') \
             FROM placed JOIN categories k ON k.category_id = c), \
         'choices', (SELECT coalesce(json_agg(json_build_array(c, n) ORDER BY n DESC, c), '[]') FROM choices), \
         'prices', (SELECT coalesce(json_agg(r ORDER BY r.min_minor), '[]') FROM ranges r))",
    );
    let Json(facets): Json<Facets> = query.build_query_scalar().fetch_one(pool).await?;
    Ok(facets)
}

/// `placed`: products by category. Most share theirs with many others, so these are counted together before they are taken apart.
fn push_placed(query: &mut QueryBuilder<Postgres>) {
    query.push(
        ", placed AS (SELECT c, sum(m)::bigint AS n FROM (SELECT categories, count(*) AS m FROM products WHERE shown \
         GROUP BY categories) alike, unnest(categories) AS u (c) GROUP BY c ORDER BY n DESC, c LIMIT ",
    );
    query.push_bind(CATEGORIES_MAX).push(")");
}

/// `ranges`: of the prices of variants. Equal ones stay in one range: that of the first of them.
fn push_ranges(query: &mut QueryBuilder<Postgres>) {
    query.push(format!(
        ", tiles AS MATERIALIZED (SELECT price_minor, \
         div((sum(n) OVER (ORDER BY price_minor) - n) * {RANGES}, sum(n) OVER ())::integer AS tile \
         FROM (SELECT price_minor, count(*) AS n FROM priced GROUP BY price_minor) prices), \
         ranges AS (SELECT min(least) AS min_minor, max(most) AS max_minor, count(*) AS count FROM ( \
         SELECT tile, min(price_minor) AS least, max(price_minor) AS most FROM priced JOIN tiles USING (price_minor) \
         GROUP BY tile, product_id) each GROUP BY tile) "
    ));
}
