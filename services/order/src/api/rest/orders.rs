//! Orders: list, detail, cancel.

use std::{sync::Arc, time::Instant};

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use garde::Validate;
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::Customer,
    http::{
        IdempotencyKey, Json, Page, PageQuery, Path, Problem, Query, Reply, problem::ProblemBody,
        rules::is_said,
    },
    server::no_store,
};
use warung_contracts::id::OrderId;

use super::{
    Shared,
    caller::Caller,
    model::{OrderDetail, OrderSummary, Seen},
};
use crate::{
    api::problems,
    commands::{advance, cancel},
    domain::{Misfit, Order, State as OrderState},
    store::{history, orders, parcels},
};

/// Which of the caller's orders.
#[derive(Debug, Default, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OwnSearch {
    /// All when left out.
    #[garde(skip)]
    #[param(inline)]
    pub state: Option<OrderState>,
}

/// List the caller's orders
///
/// Newest first.
#[utoipa::path(
    get, path = "/api/v1/orders", operation_id = "list_orders", tag = "orders", params(OwnSearch, PageQuery),
    responses(
        (status = 200, description = "A page", body = Page<OrderSummary>),
        (status = 400, description = "The cursor, the limit or the state is wrong", body = ProblemBody),
    ),
)]
pub async fn list_orders(
    State(shared): State<Arc<Shared>>,
    Customer(claims): Customer,
    Query(which): Query<OwnSearch>,
    Query(page): Query<PageQuery>,
) -> Result<axum::Json<Page<OrderSummary>>, Problem> {
    let (after, limit) = (page.after::<OrderId>()?, page.limit());
    let rows = orders::list(shared.db.pool(), claims.sub, which.state, after, limit + 1).await?;
    Ok(axum::Json(Page::of(rows, limit, |order| order.id).map(|order| OrderSummary::new(&order))))
}

/// An order in full, with what is kept beside it.
pub async fn detail(conn: &mut PgConnection, order: Order, seen: Seen) -> Result<OrderDetail, sqlx::Error> {
    let entries = history::list(conn, order.id).await?;
    let parcels = parcels::of(conn, order.id).await?;
    Ok(OrderDetail::new(order, entries, parcels, seen))
}

/// Show an order
///
/// With its parcels, its history and what the caller can do with it now. Guests send the token of the order; staff see every order.
#[utoipa::path(
    get, path = "/api/v1/orders/{id}", operation_id = "get_order", tag = "orders",
    params(
        ("id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
    ),
    responses(
        (status = 200, description = "The order", body = OrderDetail),
        (status = 404, description = "No such order, or not the caller's", body = ProblemBody),
    ),
)]
pub async fn get_order(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(id): Path<OrderId>,
) -> Result<Response, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let order = orders::find(&mut conn, id).await?;
    let seen = order.and_then(|order| Some((caller.0.viewer(&order)?, order)));
    let (viewer, order) = seen.ok_or_else(|| Problem::not_found("order"))?;
    let detail = detail(&mut conn, order, Seen::now(&shared, viewer)).await?;
    Ok(no_store(axum::Json(detail).into_response()))
}

/// Why an order is cancelled; may be left out, with or without a body.
#[derive(Debug, Default, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// The customer reads it in the order's history, also what an administrator writes. What is for the shop's people alone
    /// is a note: `POST /api/v1/admin/orders/{id}/notes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[garde(inner(length(chars, min = 1, max = 200)), inner(custom(is_said)))]
    pub reason: Option<String>,
}

/// Cancel an order
///
/// Possible until a parcel of it is with the carrier. What was paid goes back by itself. An administrator may cancel anybody's.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/cancel", operation_id = "cancel_order", tag = "orders",
    params(
        ("id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of a guest's order"),
    ),
    request_body = Option<Cancel>,
    responses(
        (status = 200, description = "Cancelled", body = OrderDetail),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 403, description = "Staff that are no administrators", body = ProblemBody),
        (status = 404, description = "No such order, or not the caller's", body = ProblemBody),
        (status = 409, description = "Too late, or a twin of the request is in flight", body = ProblemBody),
        (status = 503, description = "Shipment, which has to hold the parcels of a paid order, or the store is away", body = ProblemBody),
    ),
)]
pub async fn cancel_order(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Path(order_id): Path<OrderId>,
    key: IdempotencyKey,
    body: Option<Json<Cancel>>,
) -> Result<Response, Problem> {
    let body = body.map(|Json(body)| body);
    let held = hold(&shared, &caller, order_id).await?;
    key.once(&shared.db, caller.name(), &body, async |tx| {
        let reason = body.as_ref().and_then(|body| body.reason.clone());
        let input = cancel::Input { order_id, by: caller.0, reason, held };
        let done = cancel::run(tx, &shared.metrics, input).await;
        let (order, viewer) = done.map_err(problems::advance)?;
        Ok(Reply::ok(detail(tx.conn(), order, Seen::now(&shared, viewer)).await?))
    })
    .await
}

/// Has the parcels of an order held that may have some. Whether it can be cancelled else is not decided here.
async fn hold(shared: &Shared, caller: &Caller, id: OrderId) -> Result<Option<cancel::Held>, Problem> {
    let order = orders::find(&mut *shared.db.pool().acquire().await?, id).await?;
    if !order.is_some_and(|order| cancel::asks(&caller.0, &order)) {
        return Ok(None);
    }
    let since = Instant::now();
    match shared.pricing.peers.stop(id).await? {
        true => Ok(Some(cancel::Held { since })),
        // The news of it is on its way.
        false => Err(problems::advance(advance::Error::Misfit(Misfit::Refused(OrderState::Shipped)))),
    }
}
