//! What customers and other services look up.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Row as _};
use uuid::Uuid;
use warung_contracts::id::{CategoryId, ProductId};

use super::products::product;
use crate::domain::product::Product;

/// The columns that [`product`] reads, then the rest of the statement.
macro_rules! select {
    ($($rest:literal),+) => {
        concat!(
            "SELECT product_id, sku, name, description, category_id, price_minor, currency, status, on_hand, reserved, ",
            "version, created_at, updated_at ", $($rest),+
        )
    };
}

/// A list's statement: filters, then the order of one index.
macro_rules! list {
    ($after:literal, $order:literal) => {
        select!(
            "FROM products WHERE status = 'active' ",
            "AND ($1::uuid IS NULL OR category_id IN (SELECT category_id FROM categories WHERE path @> ARRAY[$1])) ",
            "AND ($2::bigint IS NULL OR price_minor >= $2) AND ($3::bigint IS NULL OR price_minor <= $3) ",
            "AND (NOT $4 OR on_hand > reserved) ",
            // Every statement binds the same seven values.
            "AND ($7::uuid IS NULL OR ($5::bigint IS NULL AND $6::text IS NULL AND false) OR ", $after, ") ",
            "ORDER BY ", $order, " LIMIT $8"
        )
    };
}

/// A product that customers can see.
pub async fn find_active(pool: &PgPool, id: ProductId) -> Result<Option<Product>, sqlx::Error> {
    let row = sqlx::query(select!("FROM products WHERE product_id = $1 AND status = 'active'"))
        .bind(id.uuid())
        .fetch_optional(pool)
        .await?;
    row.as_ref().map(product).transpose()
}

/// The products among these that customers can see.
pub async fn offers(pool: &PgPool, ids: &[ProductId]) -> Result<Vec<Product>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query(select!("FROM products WHERE product_id = ANY($1) AND status = 'active'"))
        .bind(ids)
        .fetch_all(pool)
        .await?;
    rows.iter().map(product).collect()
}

/// How a list is sorted; equal ones by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    Newest,
    PriceAsc,
    PriceDesc,
    Name,
}

/// Which products.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    /// In this category or below it.
    pub category_id: Option<CategoryId>,
    pub price_min_minor: Option<i64>,
    pub price_max_minor: Option<i64>,
    /// Only what can be bought now.
    pub in_stock: bool,
}

/// A place in a list: what a cursor holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub sort: Sort,
    pub price_minor: Option<i64>,
    pub name: Option<String>,
    pub product_id: ProductId,
}

impl Place {
    /// Where a product stands.
    pub fn of(sort: Sort, product: &Product) -> Self {
        let by_price = matches!(sort, Sort::PriceAsc | Sort::PriceDesc);
        Self {
            sort,
            price_minor: by_price.then_some(product.price.amount_minor),
            name: (sort == Sort::Name).then(|| product.name.clone()),
            product_id: product.id,
        }
    }
}

/// A stretch of the list.
pub async fn list(
    pool: &PgPool,
    filter: &Filter,
    sort: Sort,
    after: Option<&Place>,
    limit: i64,
) -> Result<Vec<Product>, sqlx::Error> {
    let statement = match sort {
        Sort::Newest => list!("product_id < $7", "product_id DESC"),
        Sort::PriceAsc => list!("(price_minor, product_id) > ($5, $7)", "price_minor, product_id"),
        Sort::PriceDesc => {
            list!("(price_minor, product_id) < ($5, $7)", "price_minor DESC, product_id DESC")
        }
        Sort::Name => list!("(name, product_id) > ($6, $7)", "name, product_id"),
    };
    let rows = sqlx::query(statement)
        .bind(filter.category_id.map(CategoryId::uuid))
        .bind(filter.price_min_minor)
        .bind(filter.price_max_minor)
        .bind(filter.in_stock)
        .bind(after.and_then(|place| place.price_minor))
        .bind(after.and_then(|place| place.name.as_deref()))
        .bind(after.map(|place| place.product_id.uuid()))
        .bind(limit)
        .fetch_all(pool)
        .await?;
    rows.iter().map(product).collect()
}

/// A product that was searched for, and how well it fits.
#[derive(Debug, Clone)]
pub struct Hit {
    pub product: Product,
    /// Greater is better. A whole number, so that a cursor names it exactly.
    pub score: i64,
}

/// Whether a text is words alone. With operators (`-word`, quotes, `or`) only what they say may be found: a name that
/// is merely alike could hold the very word that was excluded.
fn is_plain(text: &str) -> bool {
    let operator = |word: &str| word.starts_with('-') || word.eq_ignore_ascii_case("or");
    !text.contains('"') && !text.split_whitespace().any(operator)
}

/// The best hits after a place (score, id): whole words anywhere, or a name that is alike.
pub async fn search(
    pool: &PgPool,
    text: &str,
    after: Option<(i64, ProductId)>,
    limit: i64,
) -> Result<Vec<Hit>, sqlx::Error> {
    let rows = sqlx::query(select!(
        ", score FROM (",
        "SELECT p.*, (1000000 * (ts_rank(p.search, q) + word_similarity($1, p.name)))::bigint AS score ",
        "FROM products p, websearch_to_tsquery('simple', $1) q ",
        "WHERE p.status = 'active' AND (p.search @@ q OR ($5 AND $1 <% p.name))) hits ",
        "WHERE $2::bigint IS NULL OR (score, product_id) < ($2, $3::uuid) ",
        "ORDER BY score DESC, product_id DESC LIMIT $4"
    ))
    .bind(text)
    .bind(after.map(|(score, _)| score))
    .bind(after.map(|(_, id)| id.uuid()))
    .bind(limit)
    .bind(is_plain(text))
    .fetch_all(pool)
    .await?;
    rows.iter().map(|row| Ok(Hit { product: product(row)?, score: row.try_get("score")? })).collect()
}
