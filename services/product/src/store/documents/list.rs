//! Lists: filters, and the order of one index.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder};
use time::OffsetDateTime;
use warung_contracts::id::{CategoryId, ProductId};

use super::{
    Document, document, fill_available,
    fit::{Way, price_of, push_cheapest, push_documents},
    push_columns, push_current,
};
use crate::domain::locale::Wanted;

/// How a list is sorted; equal ones by age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    #[default]
    Newest,
    PriceAsc,
    PriceDesc,
    Name,
}

/// Which products.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Filter {
    /// In this category or below it.
    pub category_id: Option<CategoryId>,
    pub price_min_minor: Option<i64>,
    pub price_max_minor: Option<i64>,
    /// Only what can be bought now.
    pub in_stock: bool,
    /// Only what costs less than the price that it is compared with.
    pub on_sale: bool,
    /// Values of options, as (option, values): one of the values of each option.
    pub choices: Vec<(String, Vec<String>)>,
}

/// A place in a list: what a cursor holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub sort: Sort,
    pub price_minor: Option<i64>,
    pub name: Option<String>,
    pub product_id: ProductId,
}

/// A product of a list, and where it stands.
pub type Listed = (Document, Place);

/// The condition of a filter; each begins with AND.
pub(super) fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter, way: Way) {
    push_category(query, filter);
    push_cheapest(query, filter, way);
}

/// What a filter asks of the product.
pub(super) fn push_category(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(category) = filter.category_id {
        query.push(" AND d.categories @> ").push_bind(vec![category.uuid()]);
    }
}

/// What a list is sorted by before the product's id, with the price of what fits the filter; nothing for the newest.
fn key(sort: Sort, filter: &Filter) -> Option<String> {
    match sort {
        Sort::Newest => None,
        Sort::PriceAsc | Sort::PriceDesc => Some(format!("{}.price_minor", price_of(filter))),
        Sort::Name => Some("d.name".to_owned()),
    }
}

/// How a list finds the cheapest variants.
fn way(sort: Sort) -> Way {
    match sort {
        Sort::PriceAsc | Sort::PriceDesc => Way::ByPrice,
        Sort::Newest | Sort::Name => Way::OfEach,
    }
}

/// Whether greater ones come first.
fn descends(sort: Sort) -> bool {
    matches!(sort, Sort::Newest | Sort::PriceDesc)
}

pub(super) fn push_after(query: &mut QueryBuilder<Postgres>, after: &Place, filter: &Filter) {
    let id = after.product_id.uuid();
    let than = if descends(after.sort) { "<" } else { ">" };
    let Some(key) = key(after.sort, filter) else {
        query.push(format!(" AND d.product_id {than} ")).push_bind(id);
        return;
    };
    query.push(format!(" AND ({key}, d.product_id) {than} ("));
    match after.sort {
        Sort::Name => query.push_bind(after.name.clone()),
        _ => query.push_bind(after.price_minor),
    };
    query.push(", ").push_bind(id).push(")");
}

pub(super) fn push_order(query: &mut QueryBuilder<Postgres>, sort: Sort, filter: &Filter) {
    let way = if descends(sort) { " DESC" } else { "" };
    query.push(" ORDER BY ");
    if let Some(key) = key(sort, filter) {
        query.push(format!("{key}{way}, "));
    }
    query.push(format!("d.product_id{way} LIMIT "));
}

/// A stretch of the list.
pub async fn list(
    pool: &PgPool,
    filter: &Filter,
    sort: Sort,
    after: Option<&Place>,
    wanted: &Wanted,
    now: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    let mut query = QueryBuilder::new("SELECT ");
    push_columns(&mut query, wanted, filter);
    query.push("FROM ");
    push_documents(&mut query, filter, way(sort));
    query.push(" WHERE ");
    push_current(&mut query, now);
    push_filter(&mut query, filter, way(sort));
    if let Some(after) = after {
        push_after(&mut query, after, filter);
    }
    push_order(&mut query, sort, filter);
    query.push_bind(limit);
    let rows = query.build().fetch_all(pool).await?;
    let place = |row: &sqlx::postgres::PgRow| place(row, sort);
    let mut listed: Vec<Listed> = rows
        .iter()
        .map(|row| Ok((document(row, wanted)?, place(row)?)))
        .collect::<Result<_, sqlx::Error>>()?;
    fill_available(pool, listed.iter_mut().map(|(document, _)| document), filter, now).await?;
    Ok(listed)
}

/// Where a row stands, by what it is sorted by; a translated name is not.
pub(super) fn place(row: &sqlx::postgres::PgRow, sort: Sort) -> Result<Place, sqlx::Error> {
    use sqlx::Row as _;
    let by_price = matches!(sort, Sort::PriceAsc | Sort::PriceDesc);
    Ok(Place {
        sort,
        price_minor: by_price.then(|| row.try_get("price_minor")).transpose()?,
        name: (sort == Sort::Name).then(|| row.try_get("shown_name")).transpose()?,
        product_id: ProductId(row.try_get("product_id")?),
    })
}
