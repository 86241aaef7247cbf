//! Table `notifications`: what was written, and how its readers see it. What became of it: [`super::outcomes`].

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{NotificationId, UserId};

use crate::domain::{channel::Channel, skip::Skip, template::Text, topic::Topic};

/// A message that is to be sent.
#[derive(Debug)]
pub struct New<'a> {
    pub id: NotificationId,
    pub user_id: UserId,
    pub event_id: Uuid,
    pub event_type: &'a str,
    pub channel: Channel,
    pub topic: Topic,
    /// An address, a number; empty for push, which goes to what devices there are then.
    pub recipient: &'a str,
    pub text: &'a Text,
    /// The request whose token is put in.
    pub request_id: Option<Uuid>,
    /// Why it is not to be sent after all.
    pub skip: Option<Skip>,
}

/// A message as its reader sees it.
#[derive(Debug, Clone, FromRow)]
pub struct Listed {
    pub notification_id: Uuid,
    pub event_type: String,
    pub channel: String,
    pub topic: String,
    pub subject: String,
    pub body: String,
    pub state: String,
    pub reason: Option<String>,
    pub created_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
    pub delivered_at: Option<OffsetDateTime>,
}

/// Adds a message, due at once; the second for an event, channel and user is dropped.
pub async fn insert(conn: &mut PgConnection, new: New<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let state = if new.skip.is_some() { "skipped" } else { "pending" };
    sqlx::query(
        "INSERT INTO notifications (notification_id, user_id, event_id, event_type, channel, topic, recipient, subject, \
         body, html, request_id, state, reason, attempts, next_attempt_at, created_at, finished_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, $14, $14, $15) \
         ON CONFLICT (event_id, channel, user_id) DO NOTHING",
    )
    .bind(new.id.uuid())
    .bind(new.user_id.uuid())
    .bind(new.event_id)
    .bind(new.event_type)
    .bind(new.channel.as_str())
    .bind(new.topic.as_str())
    .bind(new.recipient)
    .bind(&new.text.subject)
    .bind(&new.text.body)
    .bind(&new.text.html)
    .bind(new.request_id)
    .bind(state)
    .bind(new.skip.map(Skip::as_str))
    .bind(now)
    .bind(new.skip.map(|_| now))
    .execute(conn)
    .await?;
    Ok(())
}

/// A user's messages before this one, newest first.
pub async fn page(
    pool: &PgPool,
    user_id: UserId,
    before: Option<NotificationId>,
    limit: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    sqlx::query_as(
        "SELECT notification_id, event_type, channel, topic, subject, body, state, reason, created_at, finished_at, \
         delivered_at FROM notifications \
         WHERE user_id = $1 AND ($2::uuid IS NULL OR notification_id < $2) ORDER BY notification_id DESC LIMIT $3",
    )
    .bind(user_id.uuid())
    .bind(before.map(NotificationId::uuid))
    .bind(limit)
    .fetch_all(pool)
    .await
}
