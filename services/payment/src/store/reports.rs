//! What providers said that changed payments, and was the answer to no call.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Payment, State};

/// Something a provider said.
#[derive(Debug, Clone, Copy)]
pub struct New<'a> {
    pub id: Uuid,
    /// As it is afterwards.
    pub payment: &'a Payment,
    pub from: State,
    /// The provider's id of the webhook; none where the books were compared.
    pub webhook: Option<&'a str>,
    pub outcome: &'a str,
}

/// Keeps it.
pub async fn insert(conn: &mut PgConnection, new: New<'_>, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO reports (report_id, payment_id, webhook, from_state, to_state, outcome, at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id)
    .bind(new.payment.id.uuid())
    .bind(new.webhook)
    .bind(new.from.as_str())
    .bind(new.payment.standing.state.as_str())
    .bind(new.outcome)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}
