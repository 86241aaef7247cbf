//! /api/v1/products/search

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
use crate::store::documents::{self, Mark, Search};

/// What to search for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words; `"in quotes"` a phrase, `-word` not this one, `or` between alternatives.
    #[garde(length(chars, min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100)]
    q: String,
}

/// A text that holds a word and can be asked for.
pub fn words(q: &str) -> Result<&str, Problem> {
    // PostgreSQL's text holds no NUL.
    match q.trim().is_empty() || q.contains('\0') {
        true => Err(Problem::field("q", "write a word to search for")),
        false => Ok(q),
    }
}

/// Products that fit some words, the best first. Where whole words find less than a page, words that begin so are
/// found too, and words that were perhaps meant: one letter wrong in 4 to 7, two in 8 and more.
#[utoipa::path(get, path = "/api/v1/products/search", operation_id = "search_products", tag = "catalogue",
    params(SearchQuery, Narrow, PageQuery, ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = Page<ProductBody>), (status = 400, body = ProblemBody)))]
pub async fn search_products(
    State(app): State<App>,
    Language(wanted): Language,
    address: Address,
    Query(SearchQuery { q }): Query<SearchQuery>,
    Query(narrow): Query<Narrow>,
    Query(page): Query<PageQuery>,
) -> Result<Response, Problem> {
    let text = words(&q)?;
    let after: Option<Mark> = page.after()?;
    let filter = narrow.filter()?;
    let search = Search { text, filter: &filter, wanted: &wanted, now: app.db.clock().now() };
    let make = async {
        let hits = documents::search(app.db.pool(), &search, after, i64::from(page.limit()) + 1).await?;
        let page = Page::of(hits, page.limit(), |hit| hit.mark);
        Ok(page.map(|hit| ProductBody::from(hit.document)))
    };
    kept(&app, address, &wanted, make).await
}
