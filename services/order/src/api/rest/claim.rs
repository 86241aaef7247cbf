//! A guest's order becomes an account's.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse as _, Response},
};
use warung_chassis::{
    auth::Customer,
    http::{Path, Problem, problem::ProblemBody},
    server::no_store,
};
use warung_contracts::id::OrderId;

use super::{
    Shared,
    caller::Caller,
    model::{OrderDetail, Seen},
    orders::detail,
};
use crate::{api::problems, commands::claim, domain::Viewer};

/// Keep an order that was placed as a guest
///
/// Send the order's token and the account's. From then on the order, its payment and its parcels are the account's, in its
/// list, its export and its deletion, and the order's token opens nothing. Sent again, it changes nothing.
#[utoipa::path(
    post, path = "/api/v1/orders/{id}/claim", operation_id = "claim_order", tag = "orders",
    params(
        ("id" = OrderId, Path, description = "The order"),
        ("Order-Token" = Option<String>, Header, description = "Of the order; may be left out once it is the account's"),
    ),
    responses(
        (status = 200, description = "The order is the account's", body = OrderDetail),
        (status = 404, description = "No such order, the token is not its, or somebody else has claimed it", body = ProblemBody),
    ),
)]
pub async fn claim_order(
    State(shared): State<Arc<Shared>>,
    Customer(claims): Customer,
    Caller(by): Caller,
    Path(order_id): Path<OrderId>,
) -> Result<Response, Problem> {
    let mut tx = shared.db.begin().await?;
    let input = claim::Input { order_id, account: claims.sub, token_hash: by.token_hash };
    let order = claim::run(&mut tx, input).await.map_err(problems::advance)?;
    let detail = detail(tx.conn(), order, Seen::now(&shared, Viewer::Customer)).await?;
    tx.commit().await?;
    Ok(no_store(axum::Json(detail).into_response()))
}
