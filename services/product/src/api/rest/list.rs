//! /api/v1/products for customers.

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::http::{Page, PageQuery, Problem, Query, problem::ProblemBody};
use warung_contracts::id::CategoryId;

use super::{
    App,
    body::ProductBody,
    reader::{Address, Language, kept},
};
use crate::store::documents::{self, Filter, Listed, Place, Sort};

/// Values of options in one filter at most.
const CHOICES_MAX: usize = 20;

/// Which products.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// In this category or below it.
    #[garde(skip)]
    category_id: Option<CategoryId>,
    /// Minor units.
    #[garde(range(min = 0))]
    price_min_minor: Option<i64>,
    /// Minor units.
    #[garde(range(min = 0))]
    price_max_minor: Option<i64>,
    /// Only what can be bought now.
    #[garde(skip)]
    #[serde(default)]
    in_stock: bool,
    /// Values of options, such as `Size:L,Size:M,Colour:Red`: of each option, one of its values.
    #[garde(inner(length(max = 512)))]
    options: Option<String>,
    #[garde(skip)]
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// `next_cursor` of the page before; the first page when left out.
    #[garde(inner(length(max = 1024)))]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 20 when left out.
    #[garde(inner(range(min = 1, max = 100)))]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Values by option, of `Size:L,Size:M`.
pub fn choices(text: Option<&str>) -> Result<Vec<(String, Vec<String>)>, Problem> {
    let wrong =
        || Problem::field("options", "write options and their values, such as Size:L,Size:M,Colour:Red");
    let pairs: Vec<&str> = text.unwrap_or_default().split(',').filter(|pair| !pair.is_empty()).collect();
    // PostgreSQL's text holds no NUL.
    if pairs.len() > CHOICES_MAX || text.is_some_and(|text| text.contains('\0')) {
        return Err(wrong());
    }
    let mut choices: Vec<(String, Vec<String>)> = Vec::new();
    for pair in pairs {
        let (name, value) = pair.split_once(':').ok_or_else(wrong)?;
        match choices.iter_mut().find(|(known, _)| known == name) {
            Some((_, values)) => values.push(value.to_owned()),
            None => choices.push((name.to_owned(), vec![value.to_owned()])),
        }
    }
    Ok(choices)
}

/// Products that are for sale.
#[utoipa::path(get, path = "/api/v1/products", operation_id = "list_products", tag = "catalogue",
    params(ListQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = Page<ProductBody>), (status = 400, body = ProblemBody)))]
pub async fn list_products(
    State(app): State<App>,
    Language(wanted): Language,
    address: Address,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    let ListQuery { category_id, price_min_minor, price_max_minor, in_stock, options, sort, cursor, limit } =
        query;
    let page = PageQuery { cursor, limit };
    let after: Option<Place> = page.after()?;
    if after.as_ref().is_some_and(|place| place.sort != sort) {
        return Err(Problem::field("cursor", "is of a list with another sort; take next_cursor as it came"));
    }
    if after.as_ref().and_then(|place| place.name.as_ref()).is_some_and(|name| name.contains('\0')) {
        return Err(Problem::field("cursor", "is not a cursor of this list; take next_cursor as it came"));
    }
    let choices = choices(options.as_deref())?;
    let filter = Filter { category_id, price_min_minor, price_max_minor, in_stock, choices };
    let (pool, now, rows) = (app.db.pool(), app.db.clock().now(), i64::from(page.limit()) + 1);
    let make = async {
        let rows = documents::list(pool, &filter, sort, after.as_ref(), &wanted, now, rows).await?;
        let page = Page::of(rows, page.limit(), |(_, place): &Listed| place.clone());
        Ok(page.map(|(document, _)| ProductBody::from(document)))
    };
    kept(&app, address, &wanted, make).await
}
