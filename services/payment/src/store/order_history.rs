//! What happened to a payment, for staff who look at its order: of each kind the newest, oldest first.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::PaymentId;

/// A call to the provider, or money that the shop paid back itself.
#[derive(Debug, Clone, FromRow)]
pub struct Call {
    pub kind: String,
    pub amount_minor: Option<i64>,
    pub state: String,
    pub reason: String,
    pub author: Option<Uuid>,
    pub tries: i32,
    pub answer: Option<String>,
    /// Of its answer; until there is one, when it was written down.
    pub at: OffsetDateTime,
}

/// The newest calls of a payment.
pub async fn calls(
    conn: &mut PgConnection,
    payment: PaymentId,
    limit: i64,
) -> Result<Vec<Call>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (SELECT attempt_id, kind, amount_minor, state, reason, author, tries, answer, \
             coalesce(done_at, created_at) AS at FROM attempts \
             WHERE payment_id = $1 ORDER BY at DESC, attempt_id DESC LIMIT $2) newest ORDER BY at, attempt_id",
    )
    .bind(payment.uuid())
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Something that a provider said and that changed the payment.
#[derive(Debug, Clone, FromRow)]
pub struct Report {
    pub webhook: Option<String>,
    pub from_state: String,
    pub to_state: String,
    pub outcome: String,
    pub at: OffsetDateTime,
}

/// The newest reports about a payment.
pub async fn reports(
    conn: &mut PgConnection,
    payment: PaymentId,
    limit: i64,
) -> Result<Vec<Report>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (SELECT * FROM reports WHERE payment_id = $1 ORDER BY report_id DESC LIMIT $2) newest \
         ORDER BY report_id",
    )
    .bind(payment.uuid())
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Money that came in, that the provider kept, or that a dispute took or gave back.
#[derive(Debug, Clone, FromRow)]
pub struct Booked {
    pub kind: String,
    pub amount_minor: i64,
    pub at: OffsetDateTime,
}

/// What came in of a payment, what it cost, and what disputes moved.
pub async fn booked(conn: &mut PgConnection, payment: PaymentId) -> Result<Vec<Booked>, sqlx::Error> {
    sqlx::query_as(
        "SELECT kind, sum(amount_minor) FILTER (WHERE amount_minor > 0)::bigint AS amount_minor, at \
         FROM ledger_transactions JOIN ledger_entries USING (transaction_id) \
         WHERE payment_id = $1 AND kind IN ('capture', 'fee', 'chargeback', 'reinstatement') GROUP BY transaction_id, kind, at ORDER BY at, kind",
    )
    .bind(payment.uuid())
    .fetch_all(conn)
    .await
}

/// What an administrator decided.
#[derive(Debug, Clone, FromRow)]
pub struct Decision {
    pub deed: String,
    pub amount_minor: Option<i64>,
    pub reason: String,
    pub author: Uuid,
    pub at: OffsetDateTime,
}

/// The newest decisions about a payment.
pub async fn decisions(
    conn: &mut PgConnection,
    payment: PaymentId,
    limit: i64,
) -> Result<Vec<Decision>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (SELECT * FROM decisions WHERE payment_id = $1 ORDER BY decision_id DESC LIMIT $2) newest \
         ORDER BY decision_id",
    )
    .bind(payment.uuid())
    .bind(limit)
    .fetch_all(conn)
    .await
}

/// Something in which the books and the provider disagree.
#[derive(Debug, Clone, FromRow)]
pub struct Difference {
    pub kind: String,
    pub detail: String,
    pub resolved: bool,
    pub at: OffsetDateTime,
}

/// The newest differences of a payment.
pub async fn differences(
    conn: &mut PgConnection,
    payment: PaymentId,
    limit: i64,
) -> Result<Vec<Difference>, sqlx::Error> {
    sqlx::query_as(
        "SELECT * FROM (SELECT discrepancy_id, kind, detail, resolved_at IS NOT NULL AS resolved, found_at AS at \
             FROM discrepancies WHERE payment_id = $1 ORDER BY at DESC, discrepancy_id DESC LIMIT $2) newest \
         ORDER BY at, discrepancy_id",
    )
    .bind(payment.uuid())
    .bind(limit)
    .fetch_all(conn)
    .await
}
