//! A guest who lost the order's token.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    http::{Json, Problem, problem::ProblemBody, rules::is_text},
    server::no_store,
};

use super::{Shared, checkout::PlacedOrder, model::Seen, orders::detail};
use crate::{domain::Viewer, store::orders};

/// What the mails about an order say, and go to.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Lookup {
    /// The number people read, in any case.
    #[garde(length(chars, min = 1, max = 80), custom(is_text))]
    #[schema(min_length = 1, max_length = 80)]
    pub number: String,
    /// The address that was given at the checkout.
    #[garde(length(chars, min = 1, max = 254), custom(is_text))]
    #[schema(min_length = 1, max_length = 254)]
    pub email: String,
}

/// Find a guest's order again
///
/// By its number, of which there are too many to try, and the address its mails go to. Answers the order and its
/// `access_token` for the header `Order-Token`. Whoever has an account logs in instead.
#[utoipa::path(
    post, path = "/api/v1/orders/lookup", operation_id = "look_up_order", tag = "orders",
    request_body = Lookup,
    responses(
        (status = 200, description = "The order and its token", body = PlacedOrder),
        (status = 400, description = "A field is wrong or missing", body = ProblemBody),
        (status = 404, description = "There is no guest's order of this number and address", body = ProblemBody),
    ),
)]
pub async fn look_up_order(
    State(shared): State<Arc<Shared>>,
    Json(body): Json<Lookup>,
) -> Result<Response, Problem> {
    let (number, email) = (body.number.trim().to_uppercase(), body.email.trim().to_lowercase());
    let mut conn = shared.db.pool().acquire().await?;
    let found = orders::find_guests(&mut conn, &number, &email).await?;
    let found = found.and_then(|order| Some((order.token(&shared.settings.token_key)?, order)));
    let (token, order) = found.ok_or_else(|| Problem::not_found("order"))?;
    let order = detail(&mut conn, order, Seen::now(&shared, Viewer::Customer)).await?;
    Ok(no_store(axum::Json(PlacedOrder { order, access_token: Some(token) }).into_response()))
}
