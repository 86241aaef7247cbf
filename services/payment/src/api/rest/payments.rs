//! The payment of an order: detail, refund.

use std::sync::Arc;

use axum::{extract::State, http::StatusCode, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::{Admin, Customer, Role},
    http::{Begun, IdempotencyKey, Json, Path, Problem, problem::ProblemBody},
};
use warung_contracts::{id::OrderId, money::Money};

use super::{Shared, model::Payment};
use crate::{
    api::problems,
    commands::refund,
    store::{attempts, payments},
};

/// Show the payment of an order
///
/// Staff see every payment.
#[utoipa::path(
    get, path = "/api/v1/payments/{order_id}", operation_id = "get_payment", tag = "payments",
    params(("order_id" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "The payment", body = Payment),
        (status = 401, description = "Not logged in", body = ProblemBody),
        (status = 404, description = "No payment yet, or not the caller's", body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub async fn get_payment(
    State(shared): State<Arc<Shared>>,
    Customer(claims): Customer,
    Path(order_id): Path<OrderId>,
) -> Result<axum::Json<Payment>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let payment = payments::find(&mut conn, order_id).await?;
    let visible = payment.filter(|payment| payment.user_id == claims.sub || claims.has(Role::Staff));
    let payment = visible.ok_or_else(|| Problem::not_found("payment"))?;
    let refunds = attempts::refunds(&mut conn, payment.id).await?;
    Ok(axum::Json(Payment::new(payment, refunds)))
}

/// What goes back, and why.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RefundRequest)]
pub struct Refund {
    /// All that can go back, when left out.
    #[serde(default)]
    #[garde(inner(custom(positive)))]
    pub amount: Option<Money>,
    #[garde(length(chars, min = 1, max = 200))]
    pub reason: String,
}

fn positive(amount: &Money, (): &()) -> garde::Result {
    if amount.amount_minor > 0 { Ok(()) } else { Err(garde::Error::new("must be more than nothing")) }
}

/// Give money back
///
/// Never more than was captured. The provider is asked at once; `refunds[].done_at` says when it is done.
#[utoipa::path(
    post, path = "/api/v1/payments/{order_id}/refund", operation_id = "refund_payment", tag = "payments",
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("Idempotency-Key" = String, Header, description = "New for each intent, the same for each retry"),
    ),
    request_body = Refund,
    responses(
        (status = 202, description = "Decided; the provider is being asked", body = Payment),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 401, description = "Not logged in", body = ProblemBody),
        (status = 403, description = "Not an administrator", body = ProblemBody),
        (status = 404, description = "No payment", body = ProblemBody),
        (status = 409, description = "More than can go back, or a twin of the request is in flight", body = ProblemBody),
        (status = 422, description = "The key was used for another request", body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub async fn refund_payment(
    State(shared): State<Arc<Shared>>,
    Admin(claims): Admin,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<Refund>,
) -> Result<Response, Problem> {
    let sent = serde_json::to_vec(&body).map_err(Problem::internal)?;
    let mut work = match key.begin(&shared.db, &claims.sub.to_string(), &sent).await? {
        Begun::Fresh(work) => work,
        Begun::Replay(answer) => return Ok(answer),
    };
    let input = refund::Input { order_id, amount: body.amount, reason: body.reason };
    let payment = refund::run(&mut work.tx, &shared.tools, input).await.map_err(problems::refund)?;
    let refunds = attempts::refunds(work.tx.conn(), payment.id).await?;
    work.finish(StatusCode::ACCEPTED, &Payment::new(payment, refunds)).await
}
