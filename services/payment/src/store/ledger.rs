//! The ledger: rows are only ever added, and the database holds that line too.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Payment, ledger::Entry};

/// What a movement of money was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Capture,
    /// Money went back by this attempt.
    Refund(Uuid),
    /// The provider keeps something.
    Fee,
}

/// Books a movement of money.
pub async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    payment: &Payment,
    kind: Kind,
    entries: &[Entry],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let (word, refund) = match kind {
        Kind::Capture => ("capture", None),
        Kind::Refund(attempt) => ("refund", Some(attempt)),
        Kind::Fee => ("fee", None),
    };
    sqlx::query(
        "INSERT INTO ledger_transactions (transaction_id, payment_id, kind, attempt_id, at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(payment.id.uuid())
    .bind(word)
    .bind(refund)
    .bind(now)
    .execute(&mut *conn)
    .await?;
    sqlx::query(
        "INSERT INTO ledger_entries (transaction_id, position, account, amount_minor, currency) \
         SELECT $1, ordinality - 1, account, amount, currency \
         FROM unnest($2::text[], $3::bigint[], $4::text[]) WITH ORDINALITY AS entry (account, amount, currency)",
    )
    .bind(id)
    .bind(entries.iter().map(|entry| entry.account.clone()).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.amount.amount_minor).collect::<Vec<_>>())
    .bind(entries.iter().map(|entry| entry.amount.currency.code().to_owned()).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether what the provider keeps of a payment is booked.
pub async fn has_fee(conn: &mut PgConnection, payment: &Payment) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM ledger_transactions WHERE payment_id = $1 AND kind = 'fee')",
    )
    .bind(payment.id.uuid())
    .fetch_one(conn)
    .await
}
