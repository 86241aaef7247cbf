//! Notes about orders, for staff.

use std::sync::Arc;

use axum::{extract::State, response::Response};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;
use warung_chassis::{
    auth::Permitted,
    http::{IdempotencyKey, Json, Path, Problem, Reply, problem::ProblemBody, rules::is_said},
};
use warung_contracts::id::{OrderId, UserId};

use super::{super::Shared, by};
use crate::commands::note;

/// What staff write down.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    #[garde(length(chars, min = 1, max = 2000), custom(is_said))]
    #[schema(min_length = 1, max_length = 2000)]
    pub text: String,
}

/// A note as it stands in the timeline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderNote)]
pub struct Note {
    pub id: Uuid,
    /// As what it was written: staff or admin.
    pub actor: String,
    /// The account of the person who wrote it.
    pub author: UserId,
    pub text: String,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

impl From<note::Written> for Note {
    fn from(written: note::Written) -> Self {
        let note::Written { id, by: (actor, author), text, at } = written;
        Self { id, actor: actor.as_str().to_owned(), author, text, at }
    }
}

/// Write a note about an order
///
/// For staff alone; it stands in the timeline.
#[utoipa::path(
    post, path = "/api/v1/admin/orders/{id}/notes", operation_id = "add_order_note", tag = "staff",
    params(("id" = OrderId, Path, description = "The order")),
    request_body = NewNote,
    responses(
        (status = 201, description = "Written", body = Note),
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
        let written = note::run(tx, id, (by.actor, by.user), &body.text).await?;
        let written = written.ok_or_else(|| Problem::not_found("order"))?;
        Ok(Reply::created(format!("/api/v1/admin/orders/{id}/timeline"), Note::from(written)))
    })
    .await
}
