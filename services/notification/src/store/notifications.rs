//! Table `notifications`: what was written, and how its readers see it. What became of it: [`super::outcomes`].

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{NotificationId, OrderId, UserId};

use crate::domain::{
    channel::Channel,
    notice::Secret,
    skip::Skip,
    template::{FRAGMENT, Text},
    topic::Topic,
};

/// A message that is to be sent.
#[derive(Debug)]
pub struct New {
    pub id: NotificationId,
    pub user_id: UserId,
    pub event_id: Uuid,
    pub event_type: &'static str,
    /// The order it speaks of.
    pub about: Option<OrderId>,
    pub channel: Channel,
    pub topic: Topic,
    /// An address, a number; empty for push, which goes to what devices there are then.
    pub recipient: String,
    pub text: Text,
    /// Whose token is put in.
    pub secret: Option<Secret>,
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

/// Adds messages, due at once; the second for an event, channel and user is dropped.
pub async fn insert(conn: &mut PgConnection, new: &[New], now: OffsetDateTime) -> Result<(), sqlx::Error> {
    if new.is_empty() {
        return Ok(());
    }
    let texts = |of: fn(&New) -> &str| new.iter().map(of).collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO notifications (notification_id, user_id, event_id, event_type, channel, topic, recipient, subject, \
         body, html, request_id, order_id, reason, about, state, finished_at, attempts, next_attempt_at, created_at) \
         SELECT m.*, CASE WHEN reason IS NULL THEN 'pending' ELSE 'skipped' END, \
         CASE WHEN reason IS NOT NULL THEN $15::timestamptz END, 0, $15, $15 \
         FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], \
         $9::text[], $10::text[], $11::uuid[], $12::uuid[], $13::text[], $14::uuid[]) AS m (notification_id, user_id, event_id, \
         event_type, channel, topic, recipient, subject, body, html, request_id, order_id, reason, about) \
         ON CONFLICT (event_id, channel, user_id) DO NOTHING",
    )
    .bind(new.iter().map(|new| new.id.uuid()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.user_id.uuid()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.event_id).collect::<Vec<_>>())
    .bind(texts(|new| new.event_type))
    .bind(texts(|new| new.channel.as_str()))
    .bind(texts(|new| new.topic.as_str()))
    .bind(texts(|new| &new.recipient))
    .bind(texts(|new| &new.text.subject))
    .bind(texts(|new| &new.text.body))
    .bind(new.iter().map(|new| new.text.html.as_deref()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.secret.and_then(Secret::request)).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.secret.and_then(Secret::order)).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.skip.map(Skip::as_str)).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.about.map(OrderId::uuid)).collect::<Vec<_>>())
    .bind(now)
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

/// Makes what was written to a guest an account's. Links lose what only guests need, and keep nothing to be put in.
pub async fn hand_over(conn: &mut PgConnection, guest: UserId, account: UserId) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE notifications SET user_id = $2, order_id = NULL, body = replace(body, $3, ''), \
         html = replace(html, $3, '') WHERE user_id = $1",
    )
    .bind(guest.uuid())
    .bind(account.uuid())
    .bind(FRAGMENT)
    .execute(conn)
    .await?;
    Ok(())
}
