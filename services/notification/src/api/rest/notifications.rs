//! What was sent to the caller.

use std::sync::Arc;

use axum::extract::State;
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Customer,
    http::{Json, Page, PageQuery, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::NotificationId;

use super::Shared;
use crate::store::{self, notifications::Listed};

/// A message.
#[derive(Serialize, ToSchema)]
pub struct NotificationBody {
    id: NotificationId,
    /// Type of the event it tells of.
    event: String,
    /// `email`, `sms` or `push`.
    channel: String,
    /// `security`, `orders` or `news`.
    topic: String,
    /// Empty for text messages.
    subject: String,
    body: String,
    /// `pending`, `sent`, `skipped` or `failed` (the provider refused it).
    state: String,
    /// Why it was skipped: `no_provider`, `suppressed`, `unsubscribed`, `no_device`, `link_ended`, `account_deleted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// When it was sent, skipped or given up.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    finished_at: Option<OffsetDateTime>,
    /// When the provider said that it arrived; few say.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    delivered_at: Option<OffsetDateTime>,
}

impl From<Listed> for NotificationBody {
    fn from(row: Listed) -> Self {
        Self {
            id: NotificationId(row.notification_id),
            event: row.event_type,
            channel: row.channel,
            topic: row.topic,
            subject: row.subject,
            body: row.body,
            state: row.state,
            reason: row.reason,
            created_at: row.created_at,
            finished_at: row.finished_at,
            delivered_at: row.delivered_at,
        }
    }
}

/// List my messages
#[utoipa::path(
    get,
    path = "/api/v1/me/notifications",
    operation_id = "list_notifications",
    tag = "notification",
    params(PageQuery),
    responses(
        (status = 200, description = "A page of messages to the caller, newest first", body = Page<NotificationBody>),
        (status = 400, description = "The cursor or limit is not valid", body = ProblemBody),
    )
)]
pub async fn list_notifications(
    Customer(caller): Customer,
    State(shared): State<Arc<Shared>>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<NotificationBody>>, Problem> {
    let rows = store::notifications::page(
        shared.db.pool(),
        caller.sub,
        query.after()?,
        i64::from(query.limit()) + 1,
    )
    .await?;
    let page = Page::of(rows, query.limit(), |row| NotificationId(row.notification_id));
    Ok(Json(page.map(NotificationBody::from)))
}
