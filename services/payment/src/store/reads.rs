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

/// Which entries of the ledger.
#[derive(Debug, Clone, Default)]
pub struct Period {
    /// Booked then or later.
    pub from: Option<OffsetDateTime>,
    /// Booked before.
    pub to: Option<OffsetDateTime>,
    /// Of this account alone.
    pub account: Option<String>,
}

/// What an account held at the beginning of a period, took and gave in it, in a currency.
#[derive(Debug, Clone, FromRow)]
pub struct Balance {
    pub account: String,
    pub currency: String,
    pub opening_minor: i64,
    pub debits_minor: i64,
    /// 0 or more.
    pub credits_minor: i64,
    pub closing_minor: i64,
}

/// The trial balance of a period.
pub async fn balances(conn: &mut PgConnection, period: &Period) -> Result<Vec<Balance>, sqlx::Error> {
    sqlx::query_as(
        "SELECT account, currency, \
         coalesce(sum(amount_minor) FILTER (WHERE at < $1), 0)::bigint AS opening_minor, \
         coalesce(sum(amount_minor) FILTER (WHERE amount_minor > 0 AND ($1 IS NULL OR at >= $1)), 0)::bigint AS debits_minor, \
         coalesce(-sum(amount_minor) FILTER (WHERE amount_minor < 0 AND ($1 IS NULL OR at >= $1)), 0)::bigint AS credits_minor, \
         sum(amount_minor)::bigint AS closing_minor \
         FROM ledger_entries JOIN ledger_transactions USING (transaction_id) \
         WHERE ($2::timestamptz IS NULL OR at < $2) AND ($3::text IS NULL OR account = $3) \
         GROUP BY account, currency ORDER BY account, currency",
    )
    .bind(period.from)
    .bind(period.to)
    .bind(&period.account)
    .fetch_all(conn)
    .await
}
