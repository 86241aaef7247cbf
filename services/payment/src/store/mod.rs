//! SQL of payments: takes a connection, returns domain types.

pub mod attempts;
pub mod claims;
pub mod decisions;
pub mod discrepancies;
pub mod disputes;
pub mod entries;
pub mod erase;
pub mod ledger;
pub mod order_history;
pub mod payments;
pub mod reads;
pub mod reconciliation;
pub mod refunds;
pub mod reports;
pub mod webhooks;

/// A row that this version can't read, and why.
fn unreadable(table: &str, id: uuid::Uuid, column: &str, why: impl std::fmt::Display) -> sqlx::Error {
    sqlx::Error::Decode(format!("{table}, row {id}, column {column}: {why}").into())
}
