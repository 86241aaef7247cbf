//! /api/v1/products for administrators.

use axum::{
    Json as Answer,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use garde::Validate;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Admin,
    http::{Json, Path, Problem, problem::ProblemBody},
};
use warung_contracts::{
    id::{CategoryId, ProductId},
    money::Money,
};

use super::{
    App,
    etag::{self, ExpectedVersion},
    products::ProductBody,
};
use crate::{
    api::problems::wrong_currency,
    commands::{add_product, edit_product},
    domain::product::{PRICE_MAX_MINOR, Product, Status},
};

/// A new product.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProduct {
    /// The seller's own name for it: letters, digits, `.`, `_` and `-`; unique, never changes.
    #[garde(length(min = 1, max = 64), custom(is_sku))]
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._-]+$")]
    sku: String,
    #[garde(length(chars, min = 1, max = 200), custom(is_text))]
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[garde(length(chars, max = 10_000), custom(is_text))]
    #[serde(default)]
    #[schema(max_length = 10000)]
    description: String,
    #[garde(skip)]
    #[serde(default)]
    category_id: Option<CategoryId>,
    /// In the shop's currency, above zero.
    #[garde(custom(is_price))]
    price: Money,
    /// `active` when left out.
    #[garde(skip)]
    #[serde(default)]
    status: Option<Status>,
    /// Items that are there already.
    #[garde(range(max = 1_000_000))]
    #[serde(default)]
    #[schema(maximum = 1000000)]
    stock: u32,
}

/// What changes; a field that is left out stays as it is (RFC 7396).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductPatch {
    #[garde(length(chars, min = 1, max = 200), inner(custom(is_text)))]
    #[schema(min_length = 1, max_length = 200)]
    name: Option<String>,
    #[garde(length(chars, max = 10_000), inner(custom(is_text)))]
    #[schema(max_length = 10000)]
    description: Option<String>,
    /// null takes the product out of its category.
    #[garde(skip)]
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<CategoryId>)]
    category_id: Option<Option<CategoryId>>,
    #[garde(inner(custom(is_price)))]
    price: Option<Money>,
    #[garde(skip)]
    status: Option<Status>,
}

/// Tells null from a field that was left out.
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<CategoryId>>, D::Error> {
    Option::deserialize(value).map(Some)
}

fn is_sku(sku: &str, (): &()) -> garde::Result {
    match sku.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)) {
        true => Ok(()),
        false => Err(garde::Error::new("write letters, digits, '.', '_' and '-' alone")),
    }
}

/// PostgreSQL's text holds no NUL.
fn is_text(text: &str, (): &()) -> garde::Result {
    match text.contains('\0') {
        true => Err(garde::Error::new("leave out the character NUL")),
        false => Ok(()),
    }
}

fn is_price(price: &Money, (): &()) -> garde::Result {
    match (1..=PRICE_MAX_MINOR).contains(&price.amount_minor) {
        true => Ok(()),
        false => Err(garde::Error::new(format!(
            "amount_minor is 1 to {PRICE_MAX_MINOR}, in minor units of the currency"
        ))),
    }
}

fn answer(status: StatusCode, product: Product) -> Response {
    (status, [(header::ETAG, etag::of(&product))], Answer(ProductBody::from(product))).into_response()
}

/// Adds a product.
#[utoipa::path(post, path = "/api/v1/products", operation_id = "create_product", tag = "catalogue",
    request_body = NewProduct,
    responses((status = 201, body = ProductBody, headers(("ETag" = String))), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "sku-taken")))]
pub async fn create_product(
    Admin(claims): Admin,
    State(app): State<App>,
    Json(body): Json<NewProduct>,
) -> Result<Response, Problem> {
    let NewProduct { sku, name, description, category_id, price, status, stock } = body;
    if price.currency != app.currency {
        return Err(wrong_currency(app.currency));
    }
    let (status, actor) = (status.unwrap_or(Status::Active), claims.sub.to_string());
    let input = add_product::Input { sku, name, description, category_id, price, status, stock, actor };
    let mut tx = app.db.begin().await?;
    let product = add_product::run(&mut tx, input).await?;
    tx.commit().await?;
    Ok(answer(StatusCode::CREATED, product))
}

/// Edits a product. With `If-Match`, only if nobody else edited it meanwhile.
#[utoipa::path(patch, path = "/api/v1/products/{id}", operation_id = "edit_product", tag = "catalogue",
    params(("id" = ProductId, Path), ("If-Match" = Option<String>, Header)), request_body = ProductPatch,
    responses((status = 200, body = ProductBody, headers(("ETag" = String))), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 403, body = ProblemBody), (status = 404, body = ProblemBody),
        (status = 412, body = ProblemBody)))]
pub async fn edit_product(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    ExpectedVersion(expected): ExpectedVersion,
    Json(body): Json<ProductPatch>,
) -> Result<Response, Problem> {
    let ProductPatch { name, description, category_id, price, status } = body;
    if price.is_some_and(|price| price.currency != app.currency) {
        return Err(wrong_currency(app.currency));
    }
    let input = edit_product::Input { name, description, category_id, price, status };
    let product = edit(&app, id, expected, input).await?;
    Ok(answer(StatusCode::OK, product))
}

/// Takes a product out of sale. Orders that hold it are served; `PATCH` with `status: active` brings it back.
#[utoipa::path(delete, path = "/api/v1/products/{id}", operation_id = "archive_product", tag = "catalogue",
    params(("id" = ProductId, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 204, description = "Archived"), (status = 401, body = ProblemBody), (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 412, body = ProblemBody)))]
pub async fn archive_product(
    _: Admin,
    State(app): State<App>,
    Path(id): Path<ProductId>,
    ExpectedVersion(expected): ExpectedVersion,
) -> Result<StatusCode, Problem> {
    let input = edit_product::Input { status: Some(Status::Archived), ..Default::default() };
    edit(&app, id, expected, input).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn edit(
    app: &App,
    id: ProductId,
    expected: Option<i64>,
    input: edit_product::Input,
) -> Result<Product, Problem> {
    let mut tx = app.db.begin().await?;
    let product = edit_product::run(&mut tx, id, expected, input).await?;
    let cache = app.cache.clone();
    tx.after_commit(move || cache.forget(&[id]));
    tx.commit().await?;
    Ok(product)
}
