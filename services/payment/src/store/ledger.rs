//! The ledger: rows are only ever added, and the database holds that line too.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{Payment, ledger::Entry};

/// Books a movement of money; `refund` is the attempt it belongs to when money went back.
pub async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    payment: &Payment,
    refund: Option<Uuid>,
    entries: &[Entry],
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO ledger_transactions (transaction_id, payment_id, kind, attempt_id, at) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(id)
    .bind(payment.id.uuid())
    .bind(if refund.is_some() { "refund" } else { "capture" })
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
