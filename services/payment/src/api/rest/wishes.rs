//! What administrators do with a payment: take it, call it off, give it back, decide what is held.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    db::Tx,
    http::{IdempotencyKey, Json, Path, Problem, Reply, problem::ProblemBody, rules::is_said},
};
use warung_contracts::{
    id::{OrderId, RefundId},
    money::Money,
};

use super::{Shared, model::Payment};
use crate::{
    api::problems,
    commands::{Wish, capture, refund, release, void},
    domain::{self, Decision},
    store::refunds,
};

/// What goes back, and why.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RefundRequest)]
pub struct Refund {
    /// All of the refund that it answers, or all that can go back, when left out.
    #[serde(default)]
    #[garde(inner(custom(positive)))]
    pub amount: Option<Money>,
    #[garde(length(chars, min = 1, max = 200), custom(is_said))]
    pub reason: String,
    /// The refused refund that it answers. Once: what is owed is not paid twice.
    #[serde(default)]
    #[garde(skip)]
    pub refund_id: Option<RefundId>,
    /// The shop has paid it back itself; the provider is not asked.
    #[serde(default)]
    #[garde(dive)]
    pub offline: Option<Offline>,
}

/// Money that went back outside of the provider, such as by a transfer from the shop's bank account.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OfflineRefund)]
pub struct Offline {
    /// Where the shop's own books have it, such as the bank's number of the transfer; not an account number.
    #[garde(length(chars, min = 1, max = 100), custom(is_said))]
    pub reference: String,
}

/// What is taken.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CaptureRequest)]
pub struct Capture {
    /// All that is set aside, when left out. The rest is freed: a payment is captured once.
    #[serde(default)]
    #[garde(inner(custom(positive)))]
    pub amount: Option<Money>,
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 200)), inner(custom(is_said)))]
    pub reason: Option<String>,
}

/// Why it is called off.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = VoidRequest)]
pub struct Void {
    #[garde(length(chars, min = 1, max = 200), custom(is_said))]
    pub reason: String,
}

/// What becomes of it, and why.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ReleaseRequest)]
pub struct Release {
    #[garde(skip)]
    pub decision: Decision,
    #[garde(length(chars, min = 1, max = 200), custom(is_said))]
    pub reason: String,
}

fn positive(amount: &Money, (): &()) -> garde::Result {
    if amount.amount_minor > 0 { Ok(()) } else { Err(garde::Error::new("must be more than nothing")) }
}

/// How the payment stands once the wish is decided.
async fn decided(tx: &mut Tx, payment: domain::Payment) -> Result<Reply<Payment>, Problem> {
    let refunds = refunds::list(tx.conn(), payment.id).await?;
    Ok(Reply::accepted(Payment::new(payment, refunds)))
}

/// Take money that is set aside
///
/// Where the shop captures by hand (`WARUNG_PAYMENT_CAPTURE=manual`). Once a payment, all of it or a part; what is not
/// taken is freed. The provider is asked at once; `state` says when it is done.
#[utoipa::path(
    post, path = "/api/v1/payments/{order_id}/capture", operation_id = "capture_payment", tag = "payments",
    params(("order_id" = OrderId, Path, description = "The order")),
    request_body = Capture,
    responses(
        (status = 202, description = "Decided; the provider is being asked", body = Payment),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No payment", body = ProblemBody),
        (status = 409, description = "Nothing is set aside, or less than that, or it is being taken or called off, or a twin of the request is in flight", body = ProblemBody),
    ),
)]
pub async fn capture_payment(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<Capture>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let reason = body.reason.as_deref().unwrap_or("an administrator takes it");
        let wish = Wish { order_id, author: claims.sub, reason };
        let payment = capture::run(tx, &shared.tools, wish, body.amount).await.map_err(problems::wish)?;
        decided(tx, payment).await
    })
    .await
}

/// Call a payment off
///
/// What is captured can't be called off, only refunded. The order is told that the payment failed.
#[utoipa::path(
    post, path = "/api/v1/payments/{order_id}/void", operation_id = "void_payment", tag = "payments",
    params(("order_id" = OrderId, Path, description = "The order")),
    request_body = Void,
    responses(
        (status = 202, description = "Decided; the provider is being asked", body = Payment),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No payment", body = ProblemBody),
        (status = 409, description = "It is captured or at its end, or the provider is being asked already, or a twin of the request is in flight", body = ProblemBody),
    ),
)]
pub async fn void_payment(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<Void>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let wish = Wish { order_id, author: claims.sub, reason: &body.reason };
        let payment = void::run(tx, &shared.tools, wish).await.map_err(problems::wish)?;
        decided(tx, payment).await
    })
    .await
}

/// Give money back
///
/// Never more than was captured. The provider is asked at once; `refunds[].state` says when it is done, or refused. What was
/// refused is owed (`owed` in the details) until a refund with its `refund_id` answers it: the provider is asked once more, or
/// with `offline` nobody is asked, for the shop has paid it back itself.
#[utoipa::path(
    post, path = "/api/v1/payments/{order_id}/refund", operation_id = "refund_payment", tag = "payments",
    params(("order_id" = OrderId, Path, description = "The order")),
    request_body = Refund,
    responses(
        (status = 202, description = "Decided; the provider is being asked", body = Payment),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No payment", body = ProblemBody),
        (status = 409, description = "More than can go back, or `refund_id` is of no refund that waits for an answer, or a twin of the request is in flight", body = ProblemBody),
    ),
)]
pub async fn refund_payment(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<Refund>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let wish = Wish { order_id, author: claims.sub, reason: &body.reason };
        let offline = body.offline.as_ref().map(|offline| offline.reference.as_str());
        let wanted = refund::Wanted { amount: body.amount, answers: body.refund_id, offline };
        let payment = refund::run(tx, &shared.tools, wish, wanted).await.map_err(problems::wish)?;
        decided(tx, payment).await
    })
    .await
}

/// Decide about an amount that differs
///
/// When a provider reports another amount or currency than was asked, the payment is held (`held`) until somebody
/// decides. What is of another currency can only be settled at the provider.
#[utoipa::path(
    post, path = "/api/v1/payments/{order_id}/release", operation_id = "release_payment", tag = "payments",
    params(("order_id" = OrderId, Path, description = "The order")),
    request_body = Release,
    responses(
        (status = 202, description = "Decided", body = Payment),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No payment", body = ProblemBody),
        (status = 409, description = "Nothing is held, or it can't be decided so, or a twin of the request is in flight", body = ProblemBody),
    ),
)]
pub async fn release_payment(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<Release>,
) -> Result<Response, Problem> {
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let wish = Wish { order_id, author: claims.sub, reason: &body.reason };
        let released = release::run(tx, &shared.tools, wish, body.decision);
        let payment = released.await.map_err(problems::wish)?;
        decided(tx, payment).await
    })
    .await
}
