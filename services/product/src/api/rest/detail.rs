//! /api/v1/products/{id} for customers.

use std::sync::Arc;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use warung_chassis::http::{Path, Problem, etag::has, problem::ProblemBody};
use warung_contracts::id::ProductId;

use super::{
    App,
    body::ProductDetail,
    etag,
    reader::{Language, content_language},
};
use crate::{
    cache::Rendered,
    domain::locale::{Languages, Wanted},
    store::{cards, products},
};

/// Show a product
///
/// By its id or its slug. A slug that it had once leads to the one it has.
#[utoipa::path(get, path = "/api/v1/products/{id}", operation_id = "get_product", tag = "catalogue",
    params(("id" = String, Path, description = "Id or slug"), ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = ProductDetail, headers(("ETag" = String), ("Content-Language" = String))),
        (status = 304, description = "Not modified"),
        (status = 308, description = "It has another slug now", headers(("Location" = String))),
        (status = 404, body = ProblemBody)))]
pub async fn get_product(
    State(app): State<App>,
    Path(key): Path<String>,
    Language(wanted): Language,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = match key.parse::<ProductId>() {
        Ok(id) => id,
        Err(_) => match find_slug(&app, &key).await? {
            Slug::Current(id) => id,
            Slug::Old(new) => return Ok(moved(&new)),
        },
    };
    let page = match app.cache.get(id, &wanted, app.db.clock().now()) {
        Some(page) => page,
        None => render(&app, id, wanted).await?,
    };
    Ok(answer(&page, &headers))
}

enum Slug {
    Current(ProductId),
    Old(String),
}

async fn find_slug(app: &App, key: &str) -> Result<Slug, Problem> {
    let none = || Problem::not_found("product");
    // What can't be a slug is not asked for; PostgreSQL's text holds no NUL.
    let plain = key.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let found = if plain { products::by_slug(app.db.pool(), key).await? } else { None };
    let (id, current) = found.ok_or_else(none)?;
    Ok(if current == key { Slug::Current(id) } else { Slug::Old(current) })
}

fn moved(slug: &str) -> Response {
    let location = format!("/api/v1/products/{slug}");
    (
        StatusCode::PERMANENT_REDIRECT,
        [(header::LOCATION, location), (header::CACHE_CONTROL, "no-cache".into())],
    )
        .into_response()
}

fn answer(page: &Rendered, headers: &HeaderMap) -> Response {
    let head = [(header::ETAG, page.etag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if has(headers, &page.etag) {
        return (StatusCode::NOT_MODIFIED, head).into_response();
    }
    let kind = [(header::CONTENT_TYPE, "application/json")];
    (head, content_language(page.language.clone()), kind, page.body.clone()).into_response()
}

async fn render(app: &App, id: ProductId, wanted: Wanted) -> Result<Arc<Rendered>, Problem> {
    let stamp = app.cache.stamp(id);
    let none = || Problem::not_found("product");
    let card = cards::find_active(app.db.pool(), id, app.db.clock().now()).await?.ok_or_else(none)?;
    let (version, until) = (card.product.version, card.prices_until);
    let (detail, locale) = ProductDetail::of(card, &wanted).ok_or_else(none)?;
    let body = serde_json::to_vec(&detail).map_err(Problem::internal)?;
    let etag = etag::of(version, &body);
    let language = Languages::from_iter([locale]).header(&app.config.locale);
    let page = Arc::new(Rendered { body: body.into(), etag, language, until });
    app.cache.put(id, wanted, stamp, page.clone());
    Ok(page)
}
