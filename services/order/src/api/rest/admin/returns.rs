//! Returns, for staff.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Permitted,
    http::{
        IdempotencyKey, Json, Page, PageQuery, Path, Problem, Query, Reply, problem::ProblemBody,
        rules::is_said,
    },
};
use warung_contracts::id::{OrderId, ReturnId};

use super::{
    super::{
        Shared,
        returns::{NewReturn, ReturnDetail},
    },
    by,
};
use crate::{
    api::problems,
    commands::returns::{self, Asks, Received},
    domain::{
        Order, Viewer,
        returns::{Return, ReturnState},
    },
    store,
};

/// Which returns.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReturnSearch {
    #[garde(skip)]
    #[param(inline)]
    pub state: Option<ReturnState>,
}

/// List returns
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/admin/returns", operation_id = "list_returns", tag = "staff",
    params(ReturnSearch, PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<ReturnDetail>),
        (status = 400, description = "The cursor or a filter is wrong", body = ProblemBody),
    ),
)]
pub async fn list_returns(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Query(filter): Query<ReturnSearch>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<ReturnDetail>>, Problem> {
    let (after, limit) = (page.after::<ReturnId>()?, page.limit());
    let state = filter.state.map(ReturnState::as_str);
    let rows = store::returns::list(shared.db.pool(), state, after, limit + 1).await?;
    let mut conn = shared.db.pool().acquire().await?;
    let orders = store::orders::find_all(&mut conn, rows.iter().map(|of| of.order_id)).await?;
    let seen = |of: Return| Some(ReturnDetail::new(orders.get(&of.order_id)?, of, Viewer::Staff));
    let rows = rows.into_iter().filter_map(seen).collect();
    Ok(axum::Json(Page::of(rows, limit, |of: &ReturnDetail| of.id)))
}

/// Show a return
#[utoipa::path(
    get, path = "/api/v1/admin/returns/{id}", operation_id = "get_return", tag = "staff",
    params(("id" = ReturnId, Path, description = "The return")),
    responses(
        (status = 200, description = "The return", body = ReturnDetail),
        (status = 404, description = "No such return", body = ProblemBody),
    ),
)]
pub async fn get_return(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(id): Path<ReturnId>,
) -> Result<axum::Json<ReturnDetail>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let found = store::returns::find(&mut conn, id).await?.ok_or_else(|| Problem::not_found("return"))?;
    let order = store::orders::find(&mut conn, found.order_id).await?;
    let order = order.ok_or_else(|| Problem::not_found("order"))?;
    Ok(axum::Json(ReturnDetail::new(&order, found, Viewer::Staff)))
}

/// Open a return for a customer
///
/// For one who calls or writes: as if they had asked themselves, in the same days and for what can still be sent back. The
/// customer gets the same mail, and can take it back; the timeline says who of the shop opened it.
#[utoipa::path(
    post, path = "/api/v1/admin/orders/{id}/returns", operation_id = "open_return", tag = "staff",
    params(("id" = OrderId, Path, description = "The order")),
    request_body = NewReturn,
    responses(
        (status = 201, description = "Opened; it waits to be approved", body = ReturnDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such order", body = ProblemBody),
        (status = 409, description = "The order takes no returns now, or a twin of the request is in flight", body = ProblemBody),
        (status = 422, description = "More than can still be sent back, or the key was used for another request", body = ProblemBody),
    ),
)]
pub async fn open_return(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<NewReturn>,
) -> Result<Response, Problem> {
    let wanted = body.wanted(&shared, order_id, Asks::Staff(by(&claims)));
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        let (order, new) = returns::open(tx, wanted).await.map_err(problems::returns)?;
        let place = format!("/api/v1/admin/returns/{}", new.id);
        Ok(Reply::created(place, ReturnDetail::new(&order, new, Viewer::Staff)))
    })
    .await
}

/// What the customer is answered.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnAnswer {
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 500)), inner(custom(is_said)))]
    #[schema(min_length = 1, max_length = 500)]
    pub answer: Option<String>,
}

/// Approve a return
///
/// The shop waits for the goods then.
#[utoipa::path(
    post, path = "/api/v1/admin/returns/{id}/approve", operation_id = "approve_return", tag = "staff",
    params(("id" = ReturnId, Path, description = "The return")),
    request_body = ReturnAnswer,
    responses(
        (status = 200, description = "Approved", body = ReturnDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such return", body = ProblemBody),
        (status = 409, description = "Not possible in its state, or a twin of the request is in flight", body = ProblemBody),
    ),
)]
pub async fn approve_return(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<ReturnId>,
    key: IdempotencyKey,
    Json(body): Json<ReturnAnswer>,
) -> Result<Response, Problem> {
    answer(&shared, &claims, (id, true), &key, body).await
}

/// Refuse a return
///
/// Its items can be sent back again. Also for approved goods that never come.
#[utoipa::path(
    post, path = "/api/v1/admin/returns/{id}/refuse", operation_id = "refuse_return", tag = "staff",
    params(("id" = ReturnId, Path, description = "The return")),
    request_body = ReturnAnswer,
    responses(
        (status = 200, description = "Refused", body = ReturnDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such return", body = ProblemBody),
        (status = 409, description = "Not possible in its state, or a twin of the request is in flight", body = ProblemBody),
    ),
)]
pub async fn refuse_return(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<ReturnId>,
    key: IdempotencyKey,
    Json(body): Json<ReturnAnswer>,
) -> Result<Response, Problem> {
    answer(&shared, &claims, (id, false), &key, body).await
}

/// What staff are shown of what they did.
fn shown(done: Result<(Order, Return), returns::Error>) -> Result<Reply<ReturnDetail>, Problem> {
    done.map(|(order, of)| Reply::ok(ReturnDetail::new(&order, of, Viewer::Staff))).map_err(problems::returns)
}

async fn answer(
    shared: &Shared,
    claims: &warung_chassis::auth::Claims,
    (id, approve): (ReturnId, bool),
    key: &IdempotencyKey,
    body: ReturnAnswer,
) -> Result<Response, Problem> {
    let (by, words) = (by(claims), body.answer.clone());
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        shown(returns::answer(tx, id, by, approve, words).await)
    })
    .await
}

/// What arrived.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnArrival {
    /// Lines that are left out did not arrive. Without any line, all that was announced arrived and can be sold again.
    #[serde(default)]
    #[garde(length(max = 500), dive)]
    #[schema(max_items = 500)]
    pub lines: Vec<ArrivedLine>,
}

/// What arrived of a line.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrivedLine {
    /// The line's place in the order.
    #[garde(skip)]
    pub line: u32,
    /// At most as many as were announced.
    #[garde(range(max = 999_999))]
    #[schema(maximum = 999999)]
    pub quantity: u32,
    /// Whether they can be sold again.
    #[garde(skip)]
    pub restock: bool,
}

/// Note that goods came back
///
/// What can be sold again goes back into stock; what did not arrive can be sent back again.
#[utoipa::path(
    post, path = "/api/v1/admin/returns/{id}/receive", operation_id = "receive_return", tag = "staff",
    params(("id" = ReturnId, Path, description = "The return")),
    request_body = ReturnArrival,
    responses(
        (status = 200, description = "Received", body = ReturnDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such return", body = ProblemBody),
        (status = 409, description = "Not possible in its state, or a twin of the request is in flight", body = ProblemBody),
        (status = 422, description = "More than was announced, or the key was used for another request", body = ProblemBody),
    ),
)]
pub async fn receive_return(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<ReturnId>,
    key: IdempotencyKey,
    Json(body): Json<ReturnArrival>,
) -> Result<Response, Problem> {
    let by = by(&claims);
    let received =
        |line: &ArrivedLine| Received { line: line.line, quantity: line.quantity, restock: line.restock };
    let arrived: Vec<Received> = body.lines.iter().map(received).collect();
    key.once(&shared.db, &claims.sub, &body, async |tx| shown(returns::receive(tx, id, by, &arrived).await))
        .await
}

/// How much goes back.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnMoney {
    /// Minor units of the order's currency; all that was paid for the goods when left out.
    #[serde(default)]
    #[garde(inner(range(min = 1)))]
    #[schema(minimum = 1)]
    pub amount_minor: Option<i64>,
}

/// Give money back for goods that came back
///
/// At most what was paid for them, discount and tax considered. Payment is asked; the return is `refunded` once it answers.
#[utoipa::path(
    post, path = "/api/v1/admin/returns/{id}/refund", operation_id = "refund_return", tag = "staff",
    params(("id" = ReturnId, Path, description = "The return")),
    request_body = ReturnMoney,
    responses(
        (status = 200, description = "Asked for", body = ReturnDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such return", body = ProblemBody),
        (status = 409, description = "Not possible in its state, or a twin of the request is in flight", body = ProblemBody),
        (status = 422, description = "More than was paid for the goods, or the key was used for another request", body = ProblemBody),
    ),
)]
pub async fn refund_return(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<ReturnId>,
    key: IdempotencyKey,
    Json(body): Json<ReturnMoney>,
) -> Result<Response, Problem> {
    let (by, amount) = (by(&claims), body.amount_minor);
    key.once(&shared.db, &claims.sub, &body, async |tx| shown(returns::refund(tx, id, by, amount).await))
        .await
}
