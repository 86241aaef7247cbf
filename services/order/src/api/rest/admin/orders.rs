//! Orders, for staff: timeline, notes.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Permitted,
    http::{IdempotencyKey, Json, Path, Problem, Reply, problem::ProblemBody, rules::is_text},
};
use warung_contracts::id::{EventId, OrderId, UserId};

use super::{super::Shared, by};
use crate::{commands::note, store::timeline};

/// Something that happened around an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TimelineEntry {
    /// transition, heard (an event that moved the order to no other state), note, return, refund or claimed (a guest's
    /// order became an account's).
    pub kind: String,
    /// Of a transition; absent for the checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Of a transition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// customer, staff, admin, clock, or the service whose event it was.
    pub actor: String,
    /// The account of the person who did it, where a person did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<UserId>,
    pub text: String,
    /// The event that told it, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// Everything that happened around an order, oldest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Timeline {
    pub items: Vec<TimelineEntry>,
}

/// Show everything that happened around an order
///
/// Transitions, what other services told, notes, returns and refunds.
#[utoipa::path(
    get, path = "/api/v1/admin/orders/{id}/timeline", operation_id = "order_timeline", tag = "staff",
    params(("id" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "Oldest first", body = Timeline),
        (status = 404, description = "No such order", body = ProblemBody),
    ),
)]
pub async fn order_timeline(
    State(shared): State<Arc<Shared>>,
    _: Permitted,
    Path(id): Path<OrderId>,
) -> Result<axum::Json<Timeline>, Problem> {
    let mut conn = shared.db.pool().acquire().await?;
    let entries = timeline::list(&mut conn, id).await?;
    // Every order has its checkout.
    if entries.is_empty() {
        return Err(Problem::not_found("order"));
    }
    let entry = |entry: timeline::Entry| TimelineEntry {
        kind: entry.kind,
        from: entry.from_state,
        to: entry.to_state,
        actor: entry.actor,
        author: entry.author.map(UserId),
        text: entry.text,
        event_id: entry.event_id.map(EventId),
        at: entry.at,
    };
    Ok(axum::Json(Timeline { items: entries.into_iter().map(entry).collect() }))
}

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
