//! What administrators look at.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::PaymentId;

use super::payments::{self, Row};
use crate::domain::{Payment, State};

/// Which payments.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<State>,
    pub provider: Option<String>,
    /// Only those that wait for a person.
    pub held: bool,
    pub from: Option<OffsetDateTime>,
    pub to: Option<OffsetDateTime>,
}

/// Payments, newest first, after an id.
pub async fn list(
    conn: &mut PgConnection,
    filter: &Filter,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Payment>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM payments WHERE ($1::uuid IS NULL OR payment_id < $1) AND ($2::text IS NULL OR state = $2) \
         AND ($3::text IS NULL OR provider = $3) AND (NOT $4 OR held IS NOT NULL) \
         AND ($5::timestamptz IS NULL OR created_at >= $5) AND ($6::timestamptz IS NULL OR created_at < $6) \
         ORDER BY payment_id DESC LIMIT $7",
    )
    .bind(after)
    .bind(filter.state.map(State::as_str))
    .bind(&filter.provider)
    .bind(filter.held)
    .bind(filter.from)
    .bind(filter.to)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    payments::all(rows)
}

/// A call to a provider.
#[derive(Debug, Clone, FromRow)]
pub struct Call {
    pub attempt_id: Uuid,
    pub kind: String,
    pub amount_minor: Option<i64>,
    pub state: String,
    pub reason: String,
    pub author: Option<Uuid>,
    pub tries: i32,
    pub answer: Option<String>,
    pub reference: Option<String>,
    pub answered_by: Option<Uuid>,
    pub created_at: OffsetDateTime,
    pub done_at: Option<OffsetDateTime>,
}

/// All calls of a payment, oldest first.
pub async fn calls(conn: &mut PgConnection, payment: PaymentId) -> Result<Vec<Call>, sqlx::Error> {
    sqlx::query_as(
        "SELECT attempt_id, kind, amount_minor, state, reason, author, tries, answer, reference, answered_by, \
         created_at, done_at \
         FROM attempts WHERE payment_id = $1 ORDER BY created_at, attempt_id",
    )
    .bind(payment.uuid())
    .fetch_all(conn)
    .await
}

/// One side of a movement of money.
#[derive(Debug, Clone, FromRow)]
pub struct Entry {
    pub transaction_id: Uuid,
    pub kind: String,
    pub account: String,
    pub amount_minor: i64,
    pub currency: String,
    pub at: OffsetDateTime,
}

/// What the ledger has of a payment, oldest first.
pub async fn entries(conn: &mut PgConnection, payment: PaymentId) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as(
        "SELECT transaction_id, kind, account, amount_minor, currency, at \
         FROM ledger_transactions JOIN ledger_entries USING (transaction_id) \
         WHERE payment_id = $1 ORDER BY at, transaction_id, position",
    )
    .bind(payment.uuid())
    .fetch_all(conn)
    .await
}

/// What an account holds in a currency.
#[derive(Debug, Clone, FromRow)]
pub struct Balance {
    pub account: String,
    pub currency: String,
    pub amount_minor: i64,
}

/// What every account holds.
pub async fn balances(conn: &mut PgConnection) -> Result<Vec<Balance>, sqlx::Error> {
    sqlx::query_as(
        "SELECT account, currency, sum(amount_minor)::bigint AS amount_minor FROM ledger_entries \
         GROUP BY account, currency ORDER BY account, currency",
    )
    .fetch_all(conn)
    .await
}
