//! Messages of an order, and what became of them.

use sqlx::{FromRow, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::OrderId;

/// A message of an order.
#[derive(Debug, Clone, FromRow)]
pub struct Sent {
    pub user_id: Uuid,
    pub event_type: String,
    pub channel: String,
    /// Empty once the account is deleted.
    pub recipient: String,
    pub state: String,
    pub attempts: i32,
    /// Why it was skipped, in a word; else what the provider said last.
    pub reason: Option<String>,
    /// When it came to its state.
    pub at: OffsetDateTime,
}

/// The newest messages of an order, by when they came to their state. Whoever tells that an email came back says the
/// address and no more: it counts for the last one that was sent there before.
pub async fn list(pool: &PgPool, order: OrderId, limit: i64) -> Result<Vec<Sent>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (SELECT n.notification_id, n.user_id, n.event_type, n.channel, n.recipient, n.attempts, \
             CASE WHEN b.at IS NOT NULL THEN 'bounced' WHEN n.delivered_at IS NOT NULL THEN 'delivered' \
                 ELSE n.state END AS state, \
             coalesce(nullif(b.detail, ''), n.reason, n.last_error) AS reason, \
             coalesce(b.at, n.delivered_at, n.finished_at, n.created_at) AS at \
             FROM notifications n LEFT JOIN LATERAL (SELECT b.detail, b.at FROM bounces b \
                 WHERE n.channel = 'email' AND b.address = address_hash(n.recipient) \
                 AND (b.bounce_key = 'smtp ' || n.notification_id OR (b.bounce_key LIKE 'webhook %' AND n.state = 'sent' \
                     AND b.at >= n.finished_at AND NOT EXISTS (SELECT FROM notifications later \
                         WHERE later.user_id = n.user_id AND later.channel = 'email' AND later.recipient = n.recipient \
                         AND later.finished_at > n.finished_at AND later.finished_at <= b.at AND later.state = 'sent'))) \
                 ORDER BY b.at LIMIT 1) b ON true \
             WHERE n.about = $1 ORDER BY at DESC, n.notification_id DESC LIMIT $2) newest \
         ORDER BY at, notification_id",
    )
    .bind(order.uuid())
    .bind(limit)
    .fetch_all(pool)
    .await
}
