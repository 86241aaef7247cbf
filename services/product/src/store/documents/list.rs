//! Lists: filters, and the order of one index.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder};
use time::OffsetDateTime;
use warung_contracts::id::{CategoryId, ProductId};

use super::{Document, document, fill_available, push_columns, push_current};
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
pub(super) fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    push_plain(query, filter);
    for (name, values) in &filter.choices {
        query.push(" AND d.choices && ").push_bind(any_of(name, values));
    }
}

/// Any of these values of an option, as documents write them.
pub(super) fn any_of(name: &str, values: &[String]) -> Vec<String> {
    values.iter().map(|value| format!("{name}={value}")).collect()
}

/// The condition of a filter without options.
pub(super) fn push_plain(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    if let Some(category) = filter.category_id {
        query.push(" AND d.categories @> ").push_bind(vec![category.uuid()]);
    }
    if let Some(least) = filter.price_min_minor {
        query.push(" AND d.price_minor >= ").push_bind(least);
    }
    if let Some(most) = filter.price_max_minor {
        query.push(" AND d.price_minor <= ").push_bind(most);
    }
    if filter.in_stock {
        query.push(" AND d.in_stock");
    }
}

pub(super) fn push_after(query: &mut QueryBuilder<Postgres>, after: &Place) {
    let id = after.product_id.uuid();
    match after.sort {
        Sort::Newest => query.push(" AND d.product_id < ").push_bind(id),
        Sort::PriceAsc => push_pair(query, "(d.price_minor, d.product_id) > (").push_bind(after.price_minor),
        Sort::PriceDesc => push_pair(query, "(d.price_minor, d.product_id) < (").push_bind(after.price_minor),
        Sort::Name => push_pair(query, "(d.name, d.product_id) > (").push_bind(after.name.clone()),
    };
    if after.sort != Sort::Newest {
        query.push(", ").push_bind(id).push(")");
    }
}

fn push_pair<'q>(
    query: &'q mut QueryBuilder<Postgres>,
    text: &'static str,
) -> &'q mut QueryBuilder<Postgres> {
    query.push(" AND ").push(text)
}

pub(super) fn order(sort: Sort) -> &'static str {
    match sort {
        Sort::Newest => " ORDER BY d.product_id DESC LIMIT ",
        Sort::PriceAsc => " ORDER BY d.price_minor, d.product_id LIMIT ",
        Sort::PriceDesc => " ORDER BY d.price_minor DESC, d.product_id DESC LIMIT ",
        Sort::Name => " ORDER BY d.name, d.product_id LIMIT ",
    }
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
    push_columns(&mut query, wanted);
    query.push(" FROM catalog_documents d WHERE ");
    push_current(&mut query, now);
    push_filter(&mut query, filter);
    if let Some(after) = after {
        push_after(&mut query, after);
    }
    query.push(order(sort)).push_bind(limit);
    let rows = query.build().fetch_all(pool).await?;
    let place = |row: &sqlx::postgres::PgRow| place(row, sort);
    let mut listed: Vec<Listed> = rows
        .iter()
        .map(|row| Ok((document(row, wanted)?, place(row)?)))
        .collect::<Result<_, sqlx::Error>>()?;
    fill_available(pool, listed.iter_mut().map(|(document, _)| document)).await?;
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
