//! What was sent to the caller.

use axum::extract::State;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Customer,
    db::Db,
    http::{Json, Page, PageQuery, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::NotificationId;

use crate::store::{self, notifications::Listed};

/// A message.
#[derive(Serialize, ToSchema)]
pub struct NotificationBody {
    id: NotificationId,
    /// Type of the event it tells of.
    event: String,
    /// `email`.
    channel: String,
    subject: String,
    body: String,
    /// `pending`, `sent`, `skipped` (the shop has no mail server) or `failed` (the mail server refused it).
    state: String,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it was sent, skipped or given up.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    finished_at: Option<OffsetDateTime>,
}

impl From<Listed> for NotificationBody {
    fn from(row: Listed) -> Self {
        let Listed { notification_id, event_type, channel, subject, body, state, created_at, finished_at } =
            row;
        let id = NotificationId(notification_id);
        Self { id, event: event_type, channel, subject, body, state, created_at, finished_at }
    }
}

/// My messages
#[utoipa::path(
    get,
    path = "/api/v1/me/notifications",
    operation_id = "list_notifications",
    tag = "notification",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of messages to the caller, newest first", body = Page<NotificationBody>),
        (status = 400, description = "The cursor or limit is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No valid token", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn list_notifications(
    Customer(caller): Customer,
    State(db): State<Db>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<NotificationBody>>, Problem> {
    let rows =
        store::notifications::page(db.pool(), caller.sub, query.after()?, i64::from(query.limit()) + 1)
            .await?;
    let page = Page::of(rows, query.limit(), |row| NotificationId(row.notification_id));
    Ok(Json(page.map(NotificationBody::from)))
}
