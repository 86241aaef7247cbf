//! Money that went back or was to: the refunds among a payment's calls, and what the shop paid back itself.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, PaymentId, RefundId, UserId};

/// A refund of a payment.
#[derive(Debug, Clone, FromRow)]
pub struct Refund {
    pub attempt_id: Uuid,
    pub amount_minor: i64,
    /// Whether the shop paid it back itself.
    pub offline: bool,
    /// `started`, `done` or `refused`.
    pub state: String,
    pub reason: String,
    /// Why the provider refused it, in a word.
    pub refusal: Option<String>,
    /// What answered it, when it was refused.
    pub answered_by: Option<Uuid>,
    pub created_at: OffsetDateTime,
    /// When the provider gave it back, or refused.
    pub done_at: Option<OffsetDateTime>,
}

/// The refunds of a payment, oldest first.
pub async fn list(conn: &mut PgConnection, payment: PaymentId) -> Result<Vec<Refund>, sqlx::Error> {
    sqlx::query_as(
        "SELECT attempt_id, amount_minor, kind = 'offline' AS offline, state, reason, refusal, answered_by, \
         created_at, done_at \
         FROM attempts WHERE payment_id = $1 AND kind IN ('refund', 'offline') ORDER BY created_at, attempt_id",
    )
    .bind(payment.uuid())
    .fetch_all(conn)
    .await
}

/// A refund by one of its names, and whether it still waits for an answer.
#[derive(Debug, Clone, FromRow)]
pub struct Named {
    pub attempt_id: Uuid,
    /// As others know it.
    pub refund_id: Uuid,
    pub amount_minor: i64,
    /// The tax in it, where its order knew of which lines it is.
    pub tax_minor: Option<i64>,
    /// Whether it was refused, and nothing has answered it.
    pub unanswered: bool,
}

/// The refunds of a payment that go by these names: their own, or that of the refund they answer. Oldest first; the caller
/// holds the payment.
pub async fn named(
    conn: &mut PgConnection,
    payment: PaymentId,
    names: &[RefundId],
) -> Result<Vec<Named>, sqlx::Error> {
    sqlx::query_as(
        "SELECT attempt_id, coalesce(refund_id, attempt_id) AS refund_id, amount_minor, tax_minor, \
         state = 'refused' AND answered_by IS NULL AS unanswered FROM attempts \
         WHERE payment_id = $1 AND kind IN ('refund', 'offline') AND (attempt_id = ANY($2) OR refund_id = ANY($2)) \
         ORDER BY created_at, attempt_id",
    )
    .bind(payment.uuid())
    .bind(names.iter().map(|name| name.uuid()).collect::<Vec<_>>())
    .fetch_all(conn)
    .await
}

/// The try of an order that a refund by one of these names is of.
pub async fn payment_of(
    conn: &mut PgConnection,
    order: OrderId,
    names: &[RefundId],
) -> Result<Option<PaymentId>, sqlx::Error> {
    let found: Option<Uuid> = sqlx::query_scalar(
        "SELECT payment_id FROM attempts JOIN payments USING (payment_id) WHERE order_id = $1 \
         AND attempts.kind IN ('refund', 'offline') AND (attempt_id = ANY($2) OR refund_id = ANY($2)) LIMIT 1",
    )
    .bind(order.uuid())
    .bind(names.iter().map(|name| name.uuid()).collect::<Vec<_>>())
    .fetch_optional(conn)
    .await?;
    Ok(found.map(PaymentId))
}

/// Notes what answered refunds that were refused.
pub async fn answer(conn: &mut PgConnection, refused: &[Uuid], by: Uuid) -> Result<(), sqlx::Error> {
    if refused.is_empty() {
        return Ok(());
    }
    sqlx::query("UPDATE attempts SET answered_by = $2 WHERE attempt_id = ANY($1)")
        .bind(refused)
        .bind(by)
        .execute(conn)
        .await?;
    Ok(())
}

/// Money that the shop paid back itself.
#[derive(Debug, Clone, Copy)]
pub struct Offline<'a> {
    pub id: Uuid,
    pub payment_id: PaymentId,
    /// As others know it.
    pub refund_id: RefundId,
    pub amount_minor: i64,
    pub reason: &'a str,
    pub author: UserId,
    /// What the bank says of it.
    pub reference: &'a str,
}

/// Writes that the shop paid money back itself.
pub async fn insert_offline(
    conn: &mut PgConnection,
    new: Offline<'_>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO attempts (attempt_id, payment_id, kind, amount_minor, reason, author, refund_id, reference, state, \
         answer, due_at, created_at, done_at) \
         VALUES ($1, $2, 'offline', $3, kept_words($2, $4), $5, $6, kept_words($2, $7), 'done', \
         'paid back by the shop', $8, $8, $8)",
    )
    .bind(new.id)
    .bind(new.payment_id.uuid())
    .bind(new.amount_minor)
    .bind(new.reason)
    .bind(new.author.uuid())
    .bind(new.refund_id.uuid())
    .bind(new.reference)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
