//! What a list could be narrowed by, and how much would be left: of one option any value (or), of each option one (and), all
//! of it in one variant. So the values of an option are counted as if none of that option were chosen yet: they say what
//! choosing one more adds; price bounds, stock and sale likewise.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder, types::Json};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    fit::{self, Asked},
    list::{Filter, push_category},
    push_current,
};
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
    push_candidates(&mut query, filter, text, now);
    push_products(&mut query, filter);
    query.push(
        ", placed AS (SELECT c, count(*) AS n FROM products, unnest(categories) AS u (c) WHERE shown GROUP BY c \
         ORDER BY n DESC, c LIMIT ",
    );
    query.push_bind(CATEGORIES_MAX).push(")");
    push_choices(&mut query, filter);
    push_ranges(&mut query, filter);
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

/// `candidates`: every variant of the products that are asked for, with what it lacks of the rest.
fn push_candidates(
    query: &mut QueryBuilder<Postgres>,
    filter: &Filter,
    text: Option<&str>,
    now: OffsetDateTime,
) {
    query.push(
        "candidates AS MATERIALIZED (SELECT d.product_id, d.categories, v.choices, v.price_minor, v.in_stock, ",
    );
    query.push(fit::on_sale("v")).push(" AS on_sale, ");
    fit::push_failed(query, "v", filter);
    query.push(
        " AS failed FROM catalog_documents d JOIN catalog_variants v USING (generation, product_id, valid_from) WHERE ",
    );
    push_current(query, now);
    push_category(query, filter);
    if let Some(text) = text {
        query.push(" AND d.search @@ websearch_to_tsquery('folded', ").push_bind(text.to_owned()).push(")");
    }
    query.push(")");
}

/// `products`: for which facets each of them counts.
fn push_products(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    let stock = fit::bit(filter, |asked| *asked == Asked::InStock);
    let sale = fit::bit(filter, |asked| *asked == Asked::OnSale);
    query.push(format!(
        ", products AS (SELECT product_id, categories, bool_or(failed = 0) AS shown, \
         bool_or(in_stock AND failed & ~{stock} = 0) AS in_stock, \
         bool_or(on_sale AND failed & ~{sale} = 0) AS on_sale FROM candidates GROUP BY product_id, categories)"
    ));
}

/// `choices`: how many products have a variant with a value.
fn push_choices(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    query.push(
        ", choices AS (SELECT c, count(*) AS n FROM (SELECT DISTINCT product_id, c \
         FROM candidates, unnest(choices) AS u (c) WHERE failed = 0",
    );
    for (name, _) in &filter.choices {
        let bit = fit::bit(filter, |asked| matches!(asked, Asked::Choice(chosen, _) if chosen == name));
        query.push(format!(" OR (failed = {bit} AND starts_with(c, "));
        query.push_bind(format!("{name}=")).push("))");
    }
    query.push(") each GROUP BY c ORDER BY n DESC, c LIMIT ").push_bind(CHOICES_MAX).push(")");
}

/// `ranges`: of the prices of variants. Equal ones stay in one range: the tile of a price is that of its first variant.
fn push_ranges(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    let price = fit::bit(filter, |asked| matches!(asked, Asked::Price(..)));
    query.push(format!(
        ", priced AS (SELECT DISTINCT product_id, price_minor FROM candidates WHERE failed & ~{price} = 0), \
         tiles AS (SELECT price_minor, ntile({RANGES}) OVER (ORDER BY price_minor) AS tile FROM priced), \
         first AS (SELECT price_minor, min(tile) AS tile FROM tiles GROUP BY price_minor), \
         ranges AS (SELECT min(price_minor) AS min_minor, max(price_minor) AS max_minor, \
         count(DISTINCT product_id) AS count FROM first JOIN priced USING (price_minor) GROUP BY tile) "
    ));
}
