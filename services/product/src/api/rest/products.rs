//! /api/v1/products for customers.

use std::sync::Arc;

use axum::{
    Json as Answer,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::http::{Page, PageQuery, Path, Problem, Query, problem::ProblemBody};
use warung_contracts::{
    id::{CategoryId, ProductId},
    money::Money,
};

use super::{App, etag};
use crate::{
    cache::Rendered,
    domain::product::{Product, Status},
    store::reads::{self, Filter, Place, Sort},
};

/// A product as customers see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProductBody {
    pub id: ProductId,
    /// The seller's own name for it.
    pub sku: String,
    pub name: String,
    pub description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub category_id: Option<CategoryId>,
    pub price: Money,
    pub status: Status,
    /// Items that can be bought; may be a second old. Only an order says for certain.
    #[schema(minimum = 0)]
    pub available: i64,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl From<Product> for ProductBody {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            sku: product.sku,
            name: product.name,
            description: product.description,
            category_id: product.category_id,
            price: product.price,
            status: product.status,
            available: product.stock.available(),
            created_at: product.created_at,
            updated_at: product.updated_at,
        }
    }
}

/// Which products, and in which order.
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

/// Products that are for sale.
#[utoipa::path(get, path = "/api/v1/products", operation_id = "list_products", tag = "catalogue", params(ListQuery),
    responses((status = 200, body = Page<ProductBody>), (status = 400, body = ProblemBody)))]
pub async fn list_products(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
) -> Result<Answer<Page<ProductBody>>, Problem> {
    let ListQuery { category_id, price_min_minor, price_max_minor, in_stock, sort, cursor, limit } = query;
    let page = PageQuery { cursor, limit };
    let after: Option<Place> = page.after()?;
    if after.as_ref().is_some_and(|place| place.sort != sort) {
        return Err(Problem::field("cursor", "is of a list with another sort; take next_cursor as it came"));
    }
    let filter = Filter { category_id, price_min_minor, price_max_minor, in_stock };
    let rows = reads::list(app.db.pool(), &filter, sort, after.as_ref(), i64::from(page.limit()) + 1).await?;
    Ok(Answer(Page::of(rows, page.limit(), |product| Place::of(sort, product)).map(ProductBody::from)))
}

/// One product.
#[utoipa::path(get, path = "/api/v1/products/{id}", operation_id = "get_product", tag = "catalogue",
    params(("id" = ProductId, Path)),
    responses((status = 200, body = ProductBody, headers(("ETag" = String))), (status = 304, description = "Not modified"),
        (status = 404, body = ProblemBody)))]
pub async fn get_product(
    State(app): State<App>,
    Path(id): Path<ProductId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = match app.cache.get(id) {
        Some(page) => page,
        None => render(&app, id).await?,
    };
    let known = headers.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let head = [(header::ETAG, page.etag.clone()), (header::CACHE_CONTROL, "no-cache".to_owned())];
    if known.is_some_and(|known| etag::is_known(known, &page.etag)) {
        return Ok((StatusCode::NOT_MODIFIED, head).into_response());
    }
    let body: Bytes = page.body.clone();
    Ok((head, [(header::CONTENT_TYPE, "application/json")], body).into_response())
}

async fn render(app: &App, id: ProductId) -> Result<Arc<Rendered>, Problem> {
    let product = reads::find_active(app.db.pool(), id).await?;
    let product = product.ok_or_else(|| Problem::not_found("product"))?;
    let etag = etag::of(&product);
    let body = serde_json::to_vec(&ProductBody::from(product)).map_err(Problem::internal)?;
    let page = Arc::new(Rendered { body: body.into(), etag });
    app.cache.put(id, page.clone());
    Ok(page)
}
