//! Notes about orders, for staff.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{IdempotencyKey, Json, Path, Problem, Reply, problem::ProblemBody, rules::is_text},
};
use warung_contracts::id::OrderId;

use super::{super::Shared, by};
use crate::commands::note;

/// What staff write down.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    #[garde(length(chars, min = 1, max = 2000), custom(is_text))]
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
}

/// Write a note about an order
///
/// For staff alone; it stands in the timeline.
#[utoipa::path(
    post, path = "/api/v1/admin/orders/{id}/notes", operation_id = "add_order_note", tag = "staff",
    params(("id" = OrderId, Path, description = "The order")),
    request_body = NewNote,
    responses(
        (status = 201, description = "Written", body = NewNote),
        (status = 400, description = "A field or the Idempotency-Key is wrong or missing", body = ProblemBody),
        (status = 404, description = "No such order", body = ProblemBody),
    ),
)]
pub async fn add_order_note(
    State(shared): State<Arc<Shared>>,
    Permitted(claims): Permitted,
    Path(id): Path<OrderId>,
    key: IdempotencyKey,
    Json(body): Json<NewNote>,
) -> Result<Response, Problem> {
    let by = by(&claims);
    key.once(&shared.db, &claims.sub, &body, async |tx| {
        match note::run(tx, id, (by.actor, by.user), &body.text).await? {
            true => Ok(Reply::created(format!("/api/v1/admin/orders/{id}/timeline"), &body)),
            false => Err(Problem::not_found("order")),
        }
    })
    .await
}
