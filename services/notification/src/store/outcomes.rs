//! Table `notifications`: who sends what, and what became of it.

use sqlx::{FromRow, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_chassis::jobs::Room;
use warung_contracts::id::NotificationId;

use crate::domain::skip::Skip;

/// A message whose sending was claimed.
#[derive(Debug, Clone, FromRow)]
pub struct Claimed {
    pub notification_id: Uuid,
    pub user_id: Uuid,
    pub event_type: String,
    pub channel: String,
    pub topic: String,
    pub recipient: String,
    pub name: String,
    pub subject: String,
    pub body: String,
    pub html: Option<String>,
    pub request_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    /// With this attempt.
    pub attempts: i32,
    /// A text message was begun to be sent, and what came of it is not known.
    pub was_begun: bool,
    /// The address takes no mail.
    pub suppressed: bool,
}

/// What became of an attempt.
#[derive(Debug)]
pub enum Outcome {
    /// What the provider calls it.
    Sent(Option<String>),
    Skipped(Skip),
    Failed(String),
    /// To be tried again at this time.
    Retry(String, OffsetDateTime),
}

/// What a provider says afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Report {
    Delivered,
    Failed,
}

/// Claims due messages for `lease`, of each channel as many as there is room for: until then nobody else takes them,
/// afterwards the attempt counts as lost.
pub async fn claim(
    pool: &PgPool,
    now: OffsetDateTime,
    lease: Duration,
    room: &Room,
) -> Result<Vec<Claimed>, sqlx::Error> {
    sqlx::query_as(
        // The ids go through an array: how many there are the planner can't guess from a join, and it would read whole tables.
        "UPDATE notifications n SET attempts = attempts + 1, next_attempt_at = $2 FROM contacts c \
         WHERE c.user_id = n.user_id AND n.notification_id = ANY(ARRAY( \
           SELECT due.notification_id FROM unnest($3::text[], $4::bigint[]) AS lane (channel, room) CROSS JOIN LATERAL ( \
             SELECT notification_id FROM notifications \
             WHERE channel = lane.channel AND state = 'pending' AND next_attempt_at <= $1 \
             ORDER BY next_attempt_at LIMIT lane.room FOR UPDATE SKIP LOCKED) AS due)) \
         RETURNING n.notification_id, n.user_id, n.event_type, n.channel, n.topic, n.recipient, c.name, n.subject, n.body, \
         n.html, n.request_id, n.order_id, n.attempts, n.begun AS was_begun, \
         EXISTS (SELECT FROM suppressions s WHERE s.address = address_hash(n.recipient)) AS suppressed",
    )
    .bind(now)
    .bind(now + lease)
    .bind(&room.lanes)
    .bind(&room.rows)
    .fetch_all(pool)
    .await
}

/// Notes that an attempt begins, for what is never sent twice; says whether its claim still holds.
pub async fn begin(pool: &PgPool, claimed: &Claimed) -> Result<bool, sqlx::Error> {
    let statement = "UPDATE notifications SET begun = true \
                     WHERE notification_id = $1 AND attempts = $2 AND state = 'pending'";
    let done =
        sqlx::query(statement).bind(claimed.notification_id).bind(claimed.attempts).execute(pool).await?;
    Ok(done.rows_affected() == 1)
}

/// Records what became of an attempt, unless its claim was lost to a later one.
pub async fn record(
    pool: &PgPool,
    claimed: &Claimed,
    outcome: &Outcome,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE notifications SET state = $3, last_error = $4, next_attempt_at = coalesce($5, next_attempt_at), \
         finished_at = CASE WHEN $3 <> 'pending' THEN $8::timestamptz END, reason = $6, provider_id = $7, begun = false \
         WHERE notification_id = $1 AND attempts = $2 AND state = 'pending'",
    )
    .bind(claimed.notification_id)
    .bind(claimed.attempts)
    .bind(outcome.state())
    .bind(outcome.error())
    .bind(outcome.next())
    .bind(outcome.reason())
    .bind(outcome.provider_id())
    .bind(now)
    .execute(pool)
    .await?;
    Ok(())
}

impl Outcome {
    fn state(&self) -> &'static str {
        match self {
            Self::Sent(_) => "sent",
            Self::Skipped(_) => "skipped",
            Self::Failed(_) => "failed",
            Self::Retry(..) => "pending",
        }
    }

    /// The word for it in metrics and logs.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Retry(..) => "retry",
            other => other.state(),
        }
    }

    /// What went wrong.
    pub fn error(&self) -> Option<&str> {
        match self {
            Self::Failed(error) | Self::Retry(error, _) => Some(error),
            Self::Sent(_) | Self::Skipped(_) => None,
        }
    }

    fn next(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Retry(_, at) => Some(*at),
            _ => None,
        }
    }

    fn reason(&self) -> Option<&str> {
        match self {
            Self::Skipped(skip) => Some(skip.as_str()),
            _ => None,
        }
    }

    fn provider_id(&self) -> Option<&str> {
        match self {
            Self::Sent(id) => id.as_deref(),
            _ => None,
        }
    }
}

/// Which message a provider speaks of.
#[derive(Debug, Clone, Copy)]
pub struct Reported<'a> {
    /// Our id, which it repeats.
    pub ours: Option<NotificationId>,
    /// Its own.
    pub provider_id: &'a str,
}

/// Notes what a provider says of a message it took; says whether that is news. What it said of it before stays: a state is
/// never left backwards. It may speak before the answer to our call is recorded, or where a crash lost that.
pub async fn report(
    pool: &PgPool,
    message: Reported<'_>,
    report: Report,
    detail: Option<&str>,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let (state, delivered) = match report {
        Report::Delivered => ("sent", Some(now)),
        Report::Failed => ("failed", None),
    };
    let done = sqlx::query(
        "UPDATE notifications SET state = $3, finished_at = CASE WHEN $3 = state THEN finished_at ELSE $4 END, \
         delivered_at = $5, last_error = $6, provider_id = $2, begun = false \
         WHERE delivered_at IS NULL AND channel = 'sms' \
         AND (provider_id = $2 AND state = 'sent' OR notification_id = $1 AND provider_id IS NULL AND state <> 'skipped')",
    )
    .bind(message.ours.map(|id| id.0))
    .bind(message.provider_id)
    .bind(state)
    .bind(now)
    .bind(delivered)
    .bind(detail)
    .execute(pool)
    .await?;
    Ok(done.rows_affected() == 1)
}
