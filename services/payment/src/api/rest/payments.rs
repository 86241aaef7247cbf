//! The payment of an order.

use std::sync::Arc;

use axum::extract::State;
use warung_chassis::{
    auth::{Customer, Permission},
    http::{Path, Problem, problem::ProblemBody},
};
use warung_contracts::id::OrderId;

use super::{Shared, model::Payment};
use crate::store::{attempts, payments};

/// Show the payment of an order
///
/// Staff see every payment. The client secret is shown to the customer alone.
#[utoipa::path(
    get, path = "/api/v1/payments/{order_id}", operation_id = "get_payment", tag = "payments",
    params(("order_id" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "The payment", body = Payment),
        (status = 404, description = "No payment yet, or not the caller's", body = ProblemBody),
    ),
)]
pub async fn get_payment(
    State(shared): State<Arc<Shared>>,
    Customer(claims): Customer,
    Path(order_id): Path<OrderId>,
) -> Result<axum::Json<Payment>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let payment = payments::find(&mut conn, order_id).await?;
    let visible =
        payment.filter(|payment| payment.user_id == claims.sub || claims.may(Permission::PaymentsRead));
    let payment = visible.ok_or_else(|| Problem::not_found("payment"))?;
    let refunds = attempts::refunds(&mut conn, payment.id).await?;
    let secret = payment.client_secret.clone().filter(|_| payment.user_id == claims.sub);
    let shown = Payment::new(payment, refunds);
    Ok(axum::Json(Payment { client_secret: secret.map(|secret| secret.expose().to_owned()), ..shown }))
}
