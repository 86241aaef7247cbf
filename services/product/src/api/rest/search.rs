//! /api/v1/products/search

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warung_chassis::http::{Page, PageQuery, Problem, Query, problem::ProblemBody};

use super::{
    App,
    body::ProductBody,
    list::{check_place, other_order},
    narrow::Narrow,
    reader::{Address, Language, kept},
};
use crate::store::documents::{self, At, Mark, Order, Search};

/// What to search for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words; `"in quotes"` a phrase, `-word` not this one, `or` between alternatives.
    #[garde(length(chars, min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100)]
    q: String,
    #[garde(skip)]
    #[serde(default)]
    #[param(inline)]
    sort: Order,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchPage {
    #[serde(flatten)]
    page: Page<ProductBody>,
    /// Whether no product has all words: then these have some of them, by relevance those with most first.
    relaxed: bool,
}

/// Whether a page can begin after a mark among hits in this order.
fn check_mark(mark: Option<&Mark>, order: Order) -> Result<(), Problem> {
    match (mark.map(|mark| &mark.at), order.listed()) {
        (None, _) | (Some(At::Score(..)), None) => Ok(()),
        (Some(At::Place(place)), Some(sort)) => check_place(Some(place), sort),
        (Some(_), _) => Err(other_order()),
    }
}

/// A text that holds a word and can be asked for.
pub fn words(q: &str) -> Result<&str, Problem> {
    // PostgreSQL's text holds no NUL.
    match q.trim().is_empty() || q.contains('\0') {
        true => Err(Problem::field("q", "write a word to search for")),
        false => Ok(q),
    }
}

/// Search products
///
/// Those that fit some words, the best first. Where whole words find less than a page (in another order: nothing),
/// words that begin so are found too, and words that were perhaps meant: one letter wrong in 4 to 7, two in 8 and more.
/// Where no product has all words, those are found that have some, and `relaxed` says so.
#[utoipa::path(get, path = "/api/v1/products/search", operation_id = "search_products", tag = "catalogue",
    params(SearchQuery, Narrow, PageQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = SearchPage), (status = 400, body = ProblemBody)))]
pub async fn search_products(
    State(app): State<App>,
    Language(wanted): Language,
    address: Address,
    Query(SearchQuery { q, sort: order }): Query<SearchQuery>,
    Query(narrow): Query<Narrow>,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let text = words(&q)?;
    let after: Option<Mark> = page.after()?;
    check_mark(after.as_ref(), order)?;
    let filter = narrow.filter()?;
    let search = Search { text, filter: &filter, order, wanted: &wanted, now: app.db.clock().now() };
    let make = async {
        let rows = i64::from(page.limit()) + 1;
        let found = documents::search(app.db.pool(), &search, after, rows).await?;
        let page = Page::of(found.hits, page.limit(), |hit| hit.mark.clone());
        let languages = page.items.iter().map(|hit| hit.document.locale.clone()).collect();
        let page = page.map(|hit| ProductBody::from(hit.document));
        Ok((SearchPage { page, relaxed: found.relaxed }, languages))
    };
    kept(&app, address, &wanted, make).await
}
