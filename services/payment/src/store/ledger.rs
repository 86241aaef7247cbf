//! The ledger: rows are only ever added, and the database holds that line too.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{
    Payment,
    ledger::{self, Entry, Revenue},
};

/// What a movement of money was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Capture,
    /// Money went back by this attempt.
    Refund(Uuid),
    /// The provider keeps something.
    Fee,
    /// This dispute took money.
    Chargeback(Uuid),
    /// This dispute gave money back.
    Reinstatement(Uuid),
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
    let (word, refund, dispute) = match kind {
        Kind::Capture => ("capture", None, None),
        Kind::Refund(attempt) => ("refund", Some(attempt), None),
        Kind::Fee => ("fee", None, None),
        Kind::Chargeback(dispute) => ("chargeback", None, Some(dispute)),
        Kind::Reinstatement(dispute) => ("reinstatement", None, Some(dispute)),
    };
    sqlx::query(
        "WITH booked AS (INSERT INTO ledger_transactions (transaction_id, payment_id, kind, attempt_id, at, dispute_id) \
           VALUES ($1, $2, $3, $4, $5, $6)) \
         INSERT INTO ledger_entries (transaction_id, position, account, amount_minor, currency) \
         SELECT $1, ordinality - 1, account, amount, currency \
         FROM unnest($7::text[], $8::bigint[], $9::text[]) WITH ORDINALITY AS entry (account, amount, currency)",
    )
    .bind(id)
    .bind(payment.id.uuid())
    .bind(word)
    .bind(refund)
    .bind(now)
    .bind(dispute)
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

/// What is booked of a payment as revenue and has not gone back; the caller holds the payment.
pub async fn revenue(conn: &mut PgConnection, payment: &Payment) -> Result<Revenue, sqlx::Error> {
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT account, -sum(amount_minor)::bigint FROM ledger_transactions JOIN ledger_entries USING (transaction_id) \
         WHERE payment_id = $1 AND account = ANY($2) GROUP BY account",
    )
    .bind(payment.id.uuid())
    .bind(ledger::REVENUE)
    .fetch_all(conn)
    .await?;
    let of = |account: &str| rows.iter().find(|row| row.0 == account).map_or(0, |row| row.1);
    Ok(Revenue { sales: of(ledger::SALES), shipping: of(ledger::SHIPPING), tax: of(ledger::TAX) })
}
