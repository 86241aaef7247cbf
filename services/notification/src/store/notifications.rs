//! Table `notifications`.

use sqlx::{FromRow, PgConnection, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::id::{NotificationId, UserId};

/// A message that is to be sent.
#[derive(Debug)]
pub struct New<'a> {
    pub id: NotificationId,
    pub user_id: UserId,
    pub event_id: Uuid,
    pub event_type: &'a str,
    pub recipient: &'a str,
    pub subject: &'a str,
    pub body: &'a str,
}

/// A message whose sending was claimed.
#[derive(Debug, Clone, FromRow)]
pub struct Claimed {
    pub notification_id: Uuid,
    pub recipient: String,
    pub name: String,
    pub subject: String,
    pub body: String,
    /// With this attempt.
    pub attempts: i32,
}

/// A message as its reader sees it.
#[derive(Debug, Clone, FromRow)]
pub struct Listed {
    pub notification_id: Uuid,
    pub event_type: String,
    pub channel: String,
    pub subject: String,
    pub body: String,
    pub state: String,
    pub created_at: OffsetDateTime,
    pub finished_at: Option<OffsetDateTime>,
}

/// What became of an attempt.
#[derive(Debug)]
pub enum Outcome {
    Sent,
    Skipped,
    Failed(String),
    /// To be tried again at this time.
    Retry(String, OffsetDateTime),
}

/// Adds a message, due at once; the second for an event, channel and user is dropped.
pub async fn insert(conn: &mut PgConnection, new: New<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    let New { id, user_id, event_id, event_type, recipient, subject, body } = new;
    sqlx::query(
        "INSERT INTO notifications (notification_id, user_id, event_id, event_type, channel, recipient, subject, body, state, \
         attempts, next_attempt_at, created_at) VALUES ($1, $2, $3, $4, 'email', $5, $6, $7, 'pending', 0, $8, $8) \
         ON CONFLICT (event_id, channel, user_id) DO NOTHING",
    )
    .bind(id.uuid())
    .bind(user_id.uuid())
    .bind(event_id)
    .bind(event_type)
    .bind(recipient)
    .bind(subject)
    .bind(body)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Claims due messages for `lease`: until then nobody else takes them, afterwards the attempt counts as lost.
pub async fn claim(
    pool: &PgPool,
    now: OffsetDateTime,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Claimed>, sqlx::Error> {
    sqlx::query_as(
        "WITH due AS (SELECT notification_id FROM notifications WHERE state = 'pending' AND next_attempt_at <= $1 \
         ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
         UPDATE notifications n SET attempts = attempts + 1, next_attempt_at = $2 FROM due, contacts c \
         WHERE n.notification_id = due.notification_id AND c.user_id = n.user_id \
         RETURNING n.notification_id, n.recipient, c.name, n.subject, n.body, n.attempts",
    )
    .bind(now)
    .bind(now + lease)
    .bind(limit)
    .fetch_all(pool)
    .await
}

/// Records what became of an attempt, unless the claim was lost to a later one.
pub async fn record(
    pool: &PgPool,
    claimed: &Claimed,
    outcome: Outcome,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let (state, error, next) = match outcome {
        Outcome::Sent => ("sent", None, None),
        Outcome::Skipped => ("skipped", None, None),
        Outcome::Failed(error) => ("failed", Some(error), None),
        Outcome::Retry(error, at) => ("pending", Some(error), Some(at)),
    };
    let finished = (state != "pending").then_some(now);
    sqlx::query(
        "UPDATE notifications SET state = $3, last_error = $4, next_attempt_at = coalesce($5, next_attempt_at), finished_at = $6 \
         WHERE notification_id = $1 AND attempts = $2 AND state = 'pending'",
    )
    .bind(claimed.notification_id)
    .bind(claimed.attempts)
    .bind(state)
    .bind(error)
    .bind(next)
    .bind(finished)
    .execute(pool)
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
        "SELECT notification_id, event_type, channel, subject, body, state, created_at, finished_at FROM notifications \
         WHERE user_id = $1 AND ($2::uuid IS NULL OR notification_id < $2) ORDER BY notification_id DESC LIMIT $3",
    )
    .bind(user_id.uuid())
    .bind(before.map(NotificationId::uuid))
    .bind(limit)
    .fetch_all(pool)
    .await
}
