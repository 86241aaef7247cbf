//! Returns, as customers see them.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::http::{
    IdempotencyKey, Json, Path, Problem, Reply, problem::ProblemBody, rules::is_said,
};
use warung_contracts::{
    id::{OrderId, RefundId, ReturnId},
    money::Money,
};

use super::{Shared, caller::Caller};
use crate::{
    api::problems,
    commands::returns::{self, Asks, Wanted},
    domain::{
        Order, Viewer,
        returns::{Return, ReturnAction, ReturnState, expected},
    },
    store,
};

/// Items that are sent back.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReturnedItems {
    /// The line's place in the order.
    pub line: u32,
    /// As asked for.
    pub quantity: u32,
    /// As they arrived; absent before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<u32>,
    /// Whether those can be sold again.
    pub restock: bool,
    /// What goes back for them; before it does, what would if it did now, at most.
    pub refund: Money,
}

/// Money that goes back for a return.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReturnRefund {
    pub id: RefundId,
    pub amount: Money,
}

/// A return.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ReturnDetail {
    pub id: ReturnId,
    pub order_id: OrderId,
    pub state: ReturnState,
    pub lines: Vec<ReturnedItems>,
    /// In the customer's words.
    pub reason: String,
    /// What the shop answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund: Option<ReturnRefund>,
    /// Why the money could not go back, when payment was asked last: a word of the provider's or ours. Staff try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_refused: Option<String>,
    /// What whoever asks can do with it now.
    pub actions: Vec<ReturnAction>,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl ReturnDetail {
    /// A return of an order, as it is seen by one.
    pub fn new(order: &Order, of: Return, viewer: Viewer) -> Self {
        let money = |minor| Money::new(minor, of.currency);
        let lines = of.lines.iter().zip(expected(order, &of)).map(|(line, refund)| ReturnedItems {
            line: line.line,
            quantity: line.quantity,
            received: line.received,
            restock: line.restock,
            refund: money(refund),
        });
        Self {
            id: of.id,
            order_id: of.order_id,
            state: of.state,
            lines: lines.collect(),
            reason: of.reason,
            answer: of.answer,
            refund: of.refund.map(|refund| ReturnRefund { id: refund.id, amount: refund.amount }),
            refund_refused: of.refund_refused,
            actions: of.state.actions(viewer),
            created_at: of.created_at,
            updated_at: of.updated_at,
        }
    }
}

/// All returns of an order, oldest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderReturns {
    pub items: Vec<ReturnDetail>,
}

/// What is sent back, and why.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReturn {
    /// Each line of the order at most once.
    #[garde(length(min = 1, max = 500), dive, custom(each_once))]
    #[schema(min_items = 1, max_items = 500)]
    pub lines: Vec<NewReturnLine>,
    #[garde(length(chars, min = 1, max = 500), custom(is_said))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Items of a line.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReturnLine {
    /// The line's place in the order.
    #[garde(skip)]
    pub line: u32,
    #[garde(range(min = 1, max = 999_999))]
    #[schema(minimum = 1, maximum = 999999)]
    pub quantity: u32,
}

impl NewReturn {
    /// As a wish of somebody's.
    pub fn wanted(&self, shared: &Shared, order_id: OrderId, by: Asks) -> Wanted {
        let lines = self.lines.iter().map(|line| (line.line, line.quantity)).collect();
        Wanted { order_id, by, lines, reason: self.reason.clone(), within: shared.settings.return_within }
    }
}

fn each_once(lines: &[NewReturnLine], (): &()) -> garde::Result {
    let twice = (1..lines.len()).any(|n| lines[..n].iter().any(|line| line.line == lines[n].line));
    if twice { Err(garde::Error::new("name a line once")) } else { Ok(()) }
}

/// List the returns of an order
#[utoipa::path(
    get, path = "/api/v1/orders/{id}/returns", operation_id = "list_order_returns", tag = "returns",
    params(
        ("id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
    ),
    responses(
        (status = 200, description = "Oldest first", body = OrderReturns),
        (status = 404, description = "No such order, or not the caller's", body = ProblemBody),
    ),
)]
pub async fn list_order_returns(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<OrderReturns>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let order = store::orders::find(&mut conn, id).await?;
    let seen = order.and_then(|order| caller.0.viewer(&order).map(|viewer| (order, viewer)));
    let (order, viewer) = seen.ok_or_else(|| Problem::not_found("order"))?;
    let all = store::returns::of_order(&mut conn, id).await?;
    let items = all.into_iter().map(|of| ReturnDetail::new(&order, of, viewer)).collect();
    Ok(axum::Json(OrderReturns { items }))
}

/// Ask to send something back
///
/// Possible for some days after the order is complete. The shop approves or refuses, receives the goods, and gives back at
/// most what was paid for them.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/returns", operation_id = "request_return", tag = "returns",
    params(
        ("id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
    ),
    request_body = NewReturn,
    responses(
        (status = 201, description = "Asked for", body = ReturnDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such order, or not the caller's", body = ProblemBody),
        (status = 409, description = "The order takes no returns now, or a twin of the request is in flight", body = ProblemBody),
        (status = 422, description = "More than can still be sent back, or the key was used for another request", body = ProblemBody),
    ),
)]
pub async fn request_return(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<NewReturn>,
) -> Result<Response, Problem> {
    let name = caller.name();
    let wanted = body.wanted(&shared, order_id, Asks::Customer(caller.0));
    key.once(&shared.db, &name, &body, async |tx| {
        let (order, new) = returns::open(tx, wanted).await.map_err(problems::returns)?;
        let shown = ReturnDetail::new(&order, new, Viewer::Customer);
        Ok(Reply::created(format!("/api/v1/orders/{order_id}/returns"), shown))
    })
    .await
}

/// Take back a wish to send something back
///
/// As long as nothing was sent. The items can be sent back again.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/returns/{return_id}/withdraw", operation_id = "withdraw_return", tag = "returns",
    params(
        ("id" = OrderId, Path, description = "The order"),
        ("return_id" = ReturnId, Path, description = "The return"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
    ),
    responses(
        (status = 200, description = "Withdrawn", body = ReturnDetail),
        (status = 400, description = "The Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such return, or not the caller's", body = ProblemBody),
        (status = 409, description = "Not possible in its state, or a twin of the request is in flight", body = ProblemBody),
    ),
)]
pub async fn withdraw_return(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path((order_id, id)): Path<(OrderId, ReturnId)>,
    key: IdempotencyKey,
) -> Result<Response, Problem> {
    let request = (order_id, id);
    key.once(&shared.db, &caller.name(), &request, async |tx| {
        let done = returns::withdraw(tx, order_id, id, &caller.0).await;
        let (order, of) = done.map_err(problems::returns)?;
        Ok(Reply::ok(ReturnDetail::new(&order, of, Viewer::Customer)))
    })
    .await
}
