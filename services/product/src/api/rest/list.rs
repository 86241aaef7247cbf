//! /api/v1/products for customers.

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::http::{Page, PageQuery, Problem, Query, problem::ProblemBody};

use super::{
    App,
    body::ProductBody,
    narrow::Narrow,
    reader::{Address, Language, kept},
};
use crate::store::documents::{self, Listed, Place, Sort};

/// In which order.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Order {
    #[garde(skip)]
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
}

/// Whether a page can begin after a place in a list of this order.
pub fn check_place(place: Option<&Place>, sort: Sort) -> Result<(), Problem> {
    match place.is_some_and(|place| place.sort != sort) {
        true => Err(other_order()),
        false => Ok(()),
    }
}

/// The cursor of a list in one order asks for a page of a list in another.
pub fn other_order() -> Problem {
    Problem::field("cursor", "is of a list with another sort; take next_cursor as it came")
}

/// List products
///
/// Those that are for sale.
#[utoipa::path(get, path = "/api/v1/products", operation_id = "list_products", tag = "catalogue",
    params(Narrow, Order, PageQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = Page<ProductBody>), (status = 400, body = ProblemBody)))]
pub async fn list_products(
    State(app): State<App>,
    Language(wanted): Language,
    address: Address,
    Query(narrow): Query<Narrow>,
    Query(Order { sort }): Query<Order>,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let after: Option<Place> = page.after()?;
    check_place(after.as_ref(), sort)?;
    let filter = narrow.filter()?;
    let (pool, now, rows) = (app.db.pool(), app.db.clock().now(), i64::from(page.limit()) + 1);
    let make = async {
        let rows = documents::list(pool, &filter, sort, after.as_ref(), &wanted, now, rows).await?;
        let page = Page::of(rows, page.limit(), |(_, place): &Listed| place.clone());
        let languages = page.items.iter().map(|(document, _)| document.locale.clone()).collect();
        Ok((page.map(|(document, _)| ProductBody::from(document)), languages))
    };
    kept(&app, address, &wanted, make).await
}
