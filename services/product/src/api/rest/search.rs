//! /api/v1/products/search

use axum::{Json as Answer, extract::State};
use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::http::{Page, PageQuery, Problem, Query, problem::ProblemBody};
use warung_contracts::id::ProductId;

use super::{App, products::ProductBody};
use crate::store::reads;

/// What to search for.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Words; `"in quotes"` a phrase, `-word` not this one, `or` between alternatives.
    #[garde(length(chars, min = 1, max = 100))]
    #[param(min_length = 1, max_length = 100)]
    q: String,
    /// `next_cursor` of the page before; the first page when left out.
    #[garde(inner(length(max = 512)))]
    cursor: Option<String>,
    /// Items at most, 1 to 100; 20 when left out.
    #[garde(inner(range(min = 1, max = 100)))]
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Products that fit some words, the best first. A name that is typed almost rightly is found too.
#[utoipa::path(get, path = "/api/v1/products/search", operation_id = "search_products", tag = "catalogue",
    params(SearchQuery), responses((status = 200, body = Page<ProductBody>), (status = 400, body = ProblemBody)))]
pub async fn search_products(
    State(app): State<App>,
    Query(query): Query<SearchQuery>,
) -> Result<Answer<Page<ProductBody>>, Problem> {
    let SearchQuery { q, cursor, limit } = query;
    // PostgreSQL's text holds no NUL.
    if q.trim().is_empty() || q.contains('\0') {
        return Err(Problem::field("q", "write a word to search for"));
    }
    let page = PageQuery { cursor, limit };
    let after: Option<(i64, ProductId)> = page.after()?;
    let hits = reads::search(app.db.pool(), &q, after, i64::from(page.limit()) + 1).await?;
    let page = Page::of(hits, page.limit(), |hit| (hit.score, hit.product.id));
    Ok(Answer(page.map(|hit| hit.product.into())))
}
