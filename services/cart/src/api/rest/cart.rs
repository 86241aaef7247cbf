//! /api/v1/cart

use axum::{extract::State, http::StatusCode, response::Response};
use warung_chassis::http::{Problem, problem::ProblemBody};

use super::{
    App,
    body::{CartBody, answer},
    language::Language,
    owner::Caller,
};

/// Show the cart
///
/// Priced now; empty when there is none. When prices can't be had, its lines say so. What it comes to with coupons, shipping
/// and tax says `POST /api/v1/checkout/quote`.
#[utoipa::path(get, path = "/api/v1/cart", operation_id = "get_cart", tag = "cart",
    params(("X-Cart-Token" = Option<String>, Header, description = "A guest's token"), ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = CartBody), (status = 400, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
pub async fn get_cart(
    Caller(owner): Caller,
    State(app): State<App>,
    Language(language): Language,
) -> Result<Response, Problem> {
    let lines = match &owner {
        Some(owner) => app.carts.read(owner).await?,
        None => Vec::new(),
    };
    let offers = app.catalog.offers(lines.iter().map(|line| line.variant_id), &language).await;
    Ok(answer(&app, owner.as_ref(), &lines, &offers, vec![]))
}

/// Empty the cart
#[utoipa::path(delete, path = "/api/v1/cart", operation_id = "clear_cart", tag = "cart",
    params(("X-Cart-Token" = Option<String>, Header, description = "A guest's token")),
    responses((status = 204, description = "Empty"), (status = 400, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
pub async fn clear_cart(Caller(owner): Caller, State(app): State<App>) -> Result<StatusCode, Problem> {
    if let Some(owner) = owner {
        app.carts.clear(&owner).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
