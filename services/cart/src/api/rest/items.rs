//! /api/v1/cart/items

use std::collections::BTreeSet;

use axum::{extract::State, http::StatusCode, response::Response};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use warung_chassis::http::{Json, Path, Problem, problem::ProblemBody};
use warung_contracts::id::ProductId;

use super::{
    App,
    body::{CartBody, answer},
    owner::Caller,
};
use crate::{
    api::problems::{no_line, not_for_sale, too_many_items, too_many_lines},
    domain::line::QUANTITY_MAX,
    store::{Added, GuestToken, Owner},
};

/// What to put into the cart.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewItem {
    #[garde(skip)]
    product_id: ProductId,
    /// Added to what the cart holds already.
    #[garde(range(min = 1, max = QUANTITY_MAX))]
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
}

/// How many of it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Quantity {
    #[garde(range(min = 1, max = QUANTITY_MAX))]
    #[schema(minimum = 1, maximum = 999)]
    quantity: u32,
}

/// Puts items into the caller's cart. A guest without a token gets one, in the header `X-Cart-Token` of the answer.
#[utoipa::path(post, path = "/api/v1/cart/items", operation_id = "add_cart_item", tag = "cart", request_body = NewItem,
    params(("X-Cart-Token" = Option<String>, Header, description = "A guest's token")),
    responses((status = 200, body = CartBody, headers(("X-Cart-Token" = String))), (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody), (status = 503, body = ProblemBody),
        (status = 422, body = ProblemBody, description = "not-for-sale, cart-full, line-full")))]
pub async fn add_item(
    Caller(owner): Caller,
    State(app): State<App>,
    Json(body): Json<NewItem>,
) -> Result<Response, Problem> {
    let NewItem { product_id, quantity } = body;
    let owner = owner.unwrap_or_else(|| Owner::Guest(GuestToken::random()));
    // One question serves the check and the prices of the answer. When product is away the item is taken on trust: the
    // line says that its price is not known, and a check-out asks product itself.
    let held = app.carts.read(&owner).await?;
    let ids: BTreeSet<ProductId> = held.iter().map(|line| line.product_id).chain([product_id]).collect();
    if ids.len() as u64 > app.carts.lines_max() {
        return Err(too_many_lines(app.carts.lines_max()));
    }
    let offers = app.catalog.offers(ids).await;
    if offers.as_ref().is_some_and(|offers| !offers.contains_key(&product_id)) {
        return Err(not_for_sale(product_id));
    }
    match app.carts.add(&owner, product_id, quantity).await? {
        Added::Done(lines) => Ok(answer(&app, Some(&owner), &lines, &offers, vec![])),
        Added::TooManyLines => Err(too_many_lines(app.carts.lines_max())),
        Added::TooManyItems => Err(too_many_items()),
    }
}

/// Sets the quantity of a line.
#[utoipa::path(patch, path = "/api/v1/cart/items/{product_id}", operation_id = "set_cart_item", tag = "cart",
    request_body = Quantity,
    params(("product_id" = ProductId, Path), ("X-Cart-Token" = Option<String>, Header, description = "A guest's token")),
    responses((status = 200, body = CartBody), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub async fn set_item(
    Caller(owner): Caller,
    State(app): State<App>,
    Path(product_id): Path<ProductId>,
    Json(body): Json<Quantity>,
) -> Result<Response, Problem> {
    let owner = owner.ok_or_else(no_line)?;
    let lines = app.carts.set(&owner, product_id, body.quantity).await?.ok_or_else(no_line)?;
    let offers = app.catalog.offers(lines.iter().map(|line| line.product_id)).await;
    Ok(answer(&app, Some(&owner), &lines, &offers, vec![]))
}

/// Takes a line out.
#[utoipa::path(delete, path = "/api/v1/cart/items/{product_id}", operation_id = "remove_cart_item", tag = "cart",
    params(("product_id" = ProductId, Path), ("X-Cart-Token" = Option<String>, Header, description = "A guest's token")),
    responses((status = 204, description = "Gone"), (status = 400, body = ProblemBody), (status = 401, body = ProblemBody),
        (status = 404, body = ProblemBody), (status = 503, body = ProblemBody)))]
pub async fn remove_item(
    Caller(owner): Caller,
    State(app): State<App>,
    Path(product_id): Path<ProductId>,
) -> Result<StatusCode, Problem> {
    let owner = owner.ok_or_else(no_line)?;
    app.carts.set(&owner, product_id, 0).await?.ok_or_else(no_line)?;
    Ok(StatusCode::NO_CONTENT)
}
