//! The payment of an order.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use warung_chassis::{
    auth::{Permission, Reader},
    http::{Path, Problem, problem::ProblemBody},
    server::no_store,
};
use warung_contracts::id::OrderId;

use super::{Shared, model::Payment};
use crate::{
    domain,
    store::{payments, refunds},
};

/// Show the payment of an order
///
/// The latest try, where it was tried again. A guest shows the order's token. Staff see every payment. The client secret is
/// shown to the customer alone.
#[utoipa::path(
    get, path = "/api/v1/payments/{order_id}", operation_id = "get_payment", tag = "payments",
    params(
        ("order_id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
    ),
    responses(
        (status = 200, description = "The payment", body = Payment),
        (status = 404, description = "No payment yet, or not the caller's", body = ProblemBody),
    ),
)]
pub async fn get_payment(
    State(shared): State<Arc<Shared>>,
    reader: Reader,
    Path(order_id): Path<OrderId>,
) -> Result<Response, Problem> {
    let owns = |payment: &domain::Payment| reader.owns(payment.user_id, payment.order_token_hash.as_deref());
    let reads = |payment: &domain::Payment| owns(payment) || reader.may(Permission::PaymentsRead);
    let payment = visible(&shared, order_id, reads).await?;
    let mut conn = shared.db.pool().acquire().await?;
    let refunds = refunds::list(&mut conn, payment.id).await?;
    let secret = payment.client_secret.clone().filter(|_| owns(&payment));
    let shown = Payment::new(payment, refunds);
    let shown = Payment { client_secret: secret.map(|secret| secret.expose().to_owned()), ..shown };
    Ok(no_store(axum::Json(shown).into_response()))
}

/// The latest try of an order's payment, for those who may see it; 404 for others.
pub(super) async fn visible(
    shared: &Shared,
    order: OrderId,
    may: impl Fn(&domain::Payment) -> bool,
) -> Result<domain::Payment, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let payment = payments::find(&mut conn, order).await?.filter(may);
    payment.ok_or_else(|| Problem::not_found("payment"))
}
