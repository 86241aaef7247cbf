//! Where an order goes.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use warung_chassis::http::{IdempotencyKey, Json, Path, Problem, Reply, etag::IfMatch, problem::ProblemBody};
use warung_contracts::id::OrderId;

use super::{
    Shared,
    body::Address,
    caller::Caller,
    model::{OrderDetail, Seen},
    orders::detail,
};
use crate::{api::problems, commands::correct_address};

/// Correct the address of an order
///
/// Send all of it as it should be. Possible until something of the order has left, within the same country and province: tax and
/// shipping were computed for them. Should a parcel leave in the same moment, the order shows the address of before again, and
/// the customer is told. Guests send the token of the order; staff correct anybody's.
#[utoipa::path(
    put, path = "/api/v1/orders/{id}/shipping-address", operation_id = "correct_order_address", tag = "orders",
    params(
        ("id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
        ("If-Match" = Option<String>, Header, description = "The order's `address_version` that was read"),
    ),
    request_body = Address,
    responses(
        (status = 200, description = "Corrected, or right already", body = OrderDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such order, or not the caller's", body = ProblemBody),
        (status = 409, description = "Too late, or a twin of the request is in flight", body = ProblemBody),
        (status = 412, description = "It was changed meanwhile", body = ProblemBody),
        (status = 422, description = "Of another country or province, or the key was used for another request", body = ProblemBody),
    ),
)]
pub async fn correct_order_address(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(order_id): Path<OrderId>,
    IfMatch(expected): IfMatch,
    key: IdempotencyKey,
    Json(body): Json<Address>,
) -> Result<Response, Problem> {
    key.once(&shared.db, caller.name(), &body, async |tx| {
        let input = correct_address::Input { order_id, by: caller.0, to: body.clone().into(), expected };
        let (order, viewer) = correct_address::run(tx, input).await.map_err(problems::correct_address)?;
        Ok(Reply::ok(detail(tx.conn(), order, Seen::now(&shared, viewer)).await?))
    })
    .await
}
