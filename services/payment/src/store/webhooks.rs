//! What providers sent us.

use sqlx::{FromRow, PgConnection, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::jobs::Room;
use warung_contracts::{id::PaymentId, money::Money};

use super::attempts::LEASE;
use crate::providers::{About, Notice};

/// A webhook that is to be worked on.
#[derive(Debug, Clone, FromRow)]
pub struct Webhook {
    pub provider: String,
    pub event_id: String,
    /// The payment it speaks of, where it names ours.
    pub payment_id: Option<Uuid>,
    /// The provider's id of the payment, where it names theirs.
    pub reference: Option<String>,
    /// What it says was paid, where only webhooks do.
    pub reported: Option<Json<Money>>,
    /// The dispute it speaks of, by the provider's id.
    pub dispute: Option<String>,
    pub tries: i32,
}

impl Webhook {
    /// The request that it speaks of, by the provider's id, beside the payment.
    pub fn request(&self) -> Option<&str> {
        self.payment_id.and(self.reference.as_deref())
    }
}

/// Keeps a webhook; says whether it is new. One that speaks of nothing is done at once.
pub async fn insert(
    conn: &mut PgConnection,
    provider: &str,
    notice: &Notice,
    body: &[u8],
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done_at = (notice.about == About::Nothing).then_some(now);
    let done = sqlx::query(
        "INSERT INTO webhooks (provider, event_id, payment_id, reference, reported, body, received_at, due_at, done_at, outcome, \
         dispute) \
         VALUES ($1, $2, $3, $4, $8, $5, $6, $6, $7, CASE WHEN $7::timestamptz IS NOT NULL THEN 'not used' END, $9) \
         ON CONFLICT DO NOTHING",
    )
    .bind(provider)
    .bind(&notice.event_id)
    .bind(notice.about.payment().map(PaymentId::uuid))
    .bind(notice.about.reference())
    .bind(body)
    .bind(now)
    .bind(done_at)
    .bind(notice.reported.map(Json))
    .bind(&notice.dispute)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Takes webhooks that are due, of each provider as many as there is room for, for as long as a call may take.
pub async fn claim(pool: &PgPool, room: &Room, now: OffsetDateTime) -> Result<Vec<Webhook>, sqlx::Error> {
    sqlx::query_as(
        "WITH due AS MATERIALIZED ( \
           SELECT due.* FROM unnest($3::text[], $4::bigint[]) AS lane (provider, room) CROSS JOIN LATERAL ( \
             SELECT w.provider, w.event_id FROM webhooks w \
             WHERE w.provider = lane.provider AND w.done_at IS NULL AND w.due_at <= $2 \
             ORDER BY w.due_at LIMIT lane.room FOR UPDATE SKIP LOCKED) AS due) \
         UPDATE webhooks w SET tries = tries + 1, due_at = $1 FROM due \
         WHERE w.provider = due.provider AND w.event_id = due.event_id \
         RETURNING w.provider, w.event_id, payment_id, reference, reported, dispute, tries",
    )
    .bind(now + LEASE)
    .bind(now)
    .bind(&room.lanes)
    .bind(&room.rows)
    .fetch_all(pool)
    .await
}

/// Puts off a webhook that could not be worked on.
pub async fn put_off(
    pool: &PgPool,
    webhook: &Webhook,
    due_at: OffsetDateTime,
    why: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE webhooks SET due_at = $3, outcome = $4 WHERE provider = $1 AND event_id = $2 AND done_at IS NULL",
    )
    .bind(&webhook.provider)
    .bind(&webhook.event_id)
    .bind(due_at)
    .bind(why)
    .execute(pool)
    .await?;
    Ok(())
}

/// Marks a webhook as worked on, which spoke of this payment; says whether it was not before. Its body is not kept where the
/// payment, which the unit of work holds, is of an account that is gone.
pub async fn finish(
    conn: &mut PgConnection,
    webhook: &Webhook,
    (payment, outcome): (Option<PaymentId>, &str),
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE webhooks SET done_at = $3, outcome = $4, body = CASE WHEN EXISTS (SELECT FROM payments \
           JOIN erased_users USING (user_id) WHERE payments.payment_id = $5) THEN ''::bytea ELSE body END \
         WHERE provider = $1 AND event_id = $2 AND done_at IS NULL",
    )
    .bind(&webhook.provider)
    .bind(&webhook.event_id)
    .bind(now)
    .bind(outcome)
    .bind(payment.map(PaymentId::uuid))
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Empties the bodies of webhooks that were done before a time; says of how many.
pub async fn empty(pool: &PgPool, before: OffsetDateTime, limit: i64) -> Result<u64, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE webhooks SET body = ''::bytea WHERE (provider, event_id) IN ( \
           SELECT provider, event_id FROM webhooks WHERE done_at < $1 AND body <> ''::bytea \
           ORDER BY done_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind(before)
    .bind(limit)
    .execute(pool)
    .await?;
    Ok(done.rows_affected())
}
