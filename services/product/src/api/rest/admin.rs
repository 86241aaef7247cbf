//! /api/v1/admin/products: the catalogue as those see it who keep it, drafts and archived products included.

use axum::{
    Json as Answer,
    extract::State,
    http::header,
    response::{IntoResponse as _, Response},
};
use garde::Validate;
use serde::Deserialize;
use utoipa::IntoParams;
use warung_chassis::{
    auth::Permitted,
    http::{Page, PageQuery, Path, Problem, Query, Reply, problem::ProblemBody, rules::is_text},
};
use warung_contracts::id::{CategoryId, ProductId};

use super::{
    App,
    body::{ProductBody, ProductDetail},
    etag,
};
use crate::{
    domain::product::Status,
    store::cards::{self, Search},
};

/// Which products.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchQuery {
    /// Of this status alone.
    #[garde(skip)]
    #[param(inline)]
    status: Option<Status>,
    /// In this category or below it.
    #[garde(skip)]
    category_id: Option<CategoryId>,
    /// A part of the name, or the beginning of a SKU.
    #[garde(inner(length(chars, min = 1, max = 100)), inner(custom(is_text)))]
    #[param(min_length = 1, max_length = 100)]
    q: Option<String>,
}

/// List all products
///
/// Whatever their status; newest first.
#[utoipa::path(get, path = "/api/v1/admin/products", operation_id = "search_catalogue", tag = "catalogue",
    params(SearchQuery, PageQuery),
    responses((status = 200, body = Page<ProductBody>), (status = 400, body = ProblemBody)))]
pub async fn search_catalogue(
    _: Permitted,
    State(app): State<App>,
    Query(query): Query<SearchQuery>,
    Query(page): Query<PageQuery>,
) -> Result<Answer<Page<ProductBody>>, Problem> {
    let SearchQuery { status, category_id, q } = query;
    let after = page.after::<ProductId>()?;
    let search = Search { status, category_id, text: q, after, limit: page.limit() + 1 };
    let found = cards::search(app.db.pool(), &search, app.db.clock().now()).await?;
    let Page { items, next_cursor } = Page::of(found, page.limit(), |card| card.product.id);
    let items = items.into_iter().filter_map(ProductDetail::for_seller).map(|detail| detail.product);
    Ok(Answer(Page { items: items.collect(), next_cursor }))
}

/// Show a product to staff
///
/// Whatever its status, with all its variants and texts.
#[utoipa::path(get, path = "/api/v1/admin/products/{id}", operation_id = "get_catalogue_product", tag = "catalogue",
    params(("id" = ProductId, Path)),
    responses((status = 200, body = ProductDetail, headers(("ETag" = String))), (status = 404, body = ProblemBody)))]
pub async fn get_catalogue_product(
    _: Permitted,
    State(app): State<App>,
    Path(id): Path<ProductId>,
) -> Result<Response, Problem> {
    let mut conn = app.db.pool().acquire().await?;
    let card = cards::find(&mut conn, id, app.db.clock().now()).await?;
    shown(card, Reply::ok)
}

/// A product as whoever edits it sees it, and its tag: only the version counts for If-Match; the page that customers see
/// has a tag of its own.
pub fn shown(
    card: Option<cards::Card>,
    reply: impl FnOnce(ProductDetail) -> Reply<ProductDetail>,
) -> Result<Response, Problem> {
    let card = card.ok_or_else(|| Problem::not_found("product"))?;
    let tag = etag::of(card.product.version, b"");
    let detail = ProductDetail::for_seller(card).ok_or_else(|| Problem::not_found("product"))?;
    Ok(([(header::ETAG, tag)], reply(detail)).into_response())
}
