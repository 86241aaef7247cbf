//! /api/v1/cart/acknowledge

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;
use warung_chassis::http::{Json, Problem, problem::ProblemBody};
use warung_contracts::{id::VariantId, money::Money};

use super::{
    App,
    body::{CartBody, answer},
    language::Language,
    owner::Caller,
};

/// Prices of one call at most: as many as a cart has lines.
const PRICES_MAX: usize = 500;

/// What the buyer was shown.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acknowledgement {
    #[garde(length(min = 1, max = PRICES_MAX))]
    #[schema(min_items = 1, max_items = 500)]
    prices: Vec<SeenPrice>,
}

/// A price that the buyer was shown.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SeenPrice {
    variant_id: VariantId,
    unit_price: Money,
}

/// Acknowledge changed prices
///
/// What is sent is what the buyer was shown, so that a price which changes at the same moment is told again. Variants that
/// the cart does not hold are passed over. Sent again, it changes nothing.
#[utoipa::path(post, path = "/api/v1/cart/acknowledge", operation_id = "acknowledge_prices", tag = "cart",
    request_body = Acknowledgement,
    params(("X-Cart-Token" = Option<String>, Header, description = "A guest's token"), ("Accept-Language" = Option<String>, Header)),
    responses((status = 200, body = CartBody), (status = 400, body = ProblemBody),
        (status = 503, body = ProblemBody)))]
pub async fn acknowledge_prices(
    Caller(owner): Caller,
    State(app): State<App>,
    Language(language): Language,
    Json(body): Json<Acknowledgement>,
) -> Result<Response, Problem> {
    let own = |seen: &SeenPrice| seen.unit_price.currency == app.currency;
    if let Some(n) = body.prices.iter().position(|seen| !own(seen)) {
        let detail = format!("is not in {}, the shop's currency", app.currency);
        return Err(Problem::field(format!("prices[{n}].unit_price"), detail));
    }
    let prices: Vec<(VariantId, i64)> =
        body.prices.iter().map(|seen| (seen.variant_id, seen.unit_price.amount_minor)).collect();
    let lines = match &owner {
        Some(owner) => app.carts.see(owner, &prices).await?,
        None => Vec::new(),
    };
    let offers = app.catalog.offers(lines.iter().map(|line| line.variant_id), &language).await;
    Ok(answer(&app, owner.as_ref(), &lines, &offers, vec![]))
}
