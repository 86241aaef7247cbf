//! What administrators decided about payments.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{PaymentId, UserId};

/// A decision.
#[derive(Debug, Clone, FromRow)]
pub struct Decision {
    pub deed: String,
    pub amount_minor: Option<i64>,
    pub reason: String,
    pub author: Uuid,
    pub at: OffsetDateTime,
}

/// A new decision.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    pub id: Uuid,
    pub payment_id: PaymentId,
    pub deed: &'a str,
    pub amount_minor: Option<i64>,
    pub reason: &'a str,
    pub author: UserId,
}

/// Keeps a decision.
pub async fn insert(conn: &mut PgConnection, new: New<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO decisions (decision_id, payment_id, deed, amount_minor, reason, author, at) \
         VALUES ($1, $2, $3, $4, kept_words($2, $5), $6, $7)",
    )
    .bind(new.id)
    .bind(new.payment_id.uuid())
    .bind(new.deed)
    .bind(new.amount_minor)
    .bind(new.reason)
    .bind(new.author.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// The decisions about a payment, oldest first.
pub async fn list(conn: &mut PgConnection, payment: PaymentId) -> Result<Vec<Decision>, sqlx::Error> {
    sqlx::query_as(
        "SELECT deed, amount_minor, reason, author, at FROM decisions WHERE payment_id = $1 ORDER BY decision_id",
    )
    .bind(payment.uuid())
    .fetch_all(conn)
    .await
}
