//! Disputes of payments.

use sqlx::{FromRow, PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    id::{OrderId, PaymentId},
    money::Money,
};

use super::unreadable;
use crate::domain::{
    Payment,
    dispute::{Dispute, State},
};

/// A dispute as the table has it.
#[derive(Debug, FromRow)]
struct Row {
    dispute_id: Uuid,
    payment_id: Uuid,
    provider: String,
    reference: String,
    state: String,
    reason: String,
    currency: String,
    amount_minor: i64,
    taken_minor: i64,
    respond_by: Option<OffsetDateTime>,
    opened_at: OffsetDateTime,
    closed_at: Option<OffsetDateTime>,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for Dispute {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let id = row.dispute_id;
        let wrong = |column: &str, why: String| unreadable("disputes", id, column, why);
        let currency = row.currency.parse().map_err(|e| wrong("currency", format!("{e}")))?;
        Ok(Self {
            reference: row.reference,
            state: row.state.parse().map_err(|e| wrong("state", e))?,
            amount: Money::new(row.amount_minor, currency),
            taken: row.taken_minor,
            reason: row.reason,
            respond_by: row.respond_by,
            opened_at: row.opened_at,
            closed_at: row.closed_at,
        })
    }
}

/// A dispute with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: Uuid,
    /// When it was heard of.
    pub created_at: OffsetDateTime,
    pub dispute: Dispute,
}

impl TryFrom<Row> for Known {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self { id: row.dispute_id, created_at: row.created_at, dispute: row.try_into()? })
    }
}

/// The disputes of a payment, as they were heard of.
pub async fn of_payment(conn: &mut PgConnection, payment: PaymentId) -> Result<Vec<Known>, sqlx::Error> {
    let query = "SELECT * FROM disputes WHERE payment_id = $1 ORDER BY created_at, dispute_id";
    let rows: Vec<Row> = sqlx::query_as(query).bind(payment.uuid()).fetch_all(conn).await?;
    rows.into_iter().map(Known::try_from).collect()
}

/// The states of all disputes of an order.
pub async fn states(conn: &mut PgConnection, order: OrderId) -> Result<Vec<State>, sqlx::Error> {
    let query = "SELECT d.state FROM disputes d JOIN payments p USING (payment_id) WHERE p.order_id = $1";
    let words: Vec<String> = sqlx::query_scalar(query).bind(order.uuid()).fetch_all(conn).await?;
    let state = |word: String| word.parse().map_err(|why: String| sqlx::Error::Decode(why.into()));
    words.into_iter().map(state).collect()
}

/// Writes a dispute as it is now; the caller holds its payment. False where another payment has it.
pub async fn save(
    conn: &mut PgConnection,
    id: Uuid,
    payment: &Payment,
    dispute: &Dispute,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO disputes (dispute_id, payment_id, provider, reference, state, reason, currency, amount_minor, \
         taken_minor, respond_by, opened_at, closed_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) ON CONFLICT (provider, reference) DO UPDATE \
         SET state = EXCLUDED.state, reason = EXCLUDED.reason, amount_minor = EXCLUDED.amount_minor, \
         taken_minor = EXCLUDED.taken_minor, respond_by = EXCLUDED.respond_by, closed_at = EXCLUDED.closed_at, \
         updated_at = EXCLUDED.updated_at WHERE disputes.dispute_id = EXCLUDED.dispute_id",
    )
    .bind(id)
    .bind(payment.id.uuid())
    .bind(&payment.provider)
    .bind(&dispute.reference)
    .bind(dispute.state.as_str())
    .bind(&dispute.reason)
    .bind(dispute.amount.currency.code())
    .bind(dispute.amount.amount_minor)
    .bind(dispute.taken)
    .bind(dispute.respond_by)
    .bind(dispute.opened_at)
    .bind(dispute.closed_at)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Those of a provider's disputes that are worth a question: of these that it names the ones that have not come to their
/// end, and all others that are known and can still change, each with its payment where that is known. Where there are too
/// many, some of them.
pub async fn to_ask(
    pool: &PgPool,
    provider: &str,
    named: &[String],
    limit: i64,
) -> Result<Vec<(String, Option<PaymentId>)>, sqlx::Error> {
    let rows: Vec<(String, Option<Uuid>)> = sqlx::query_as(
        "SELECT * FROM (SELECT reference, payment_id FROM disputes WHERE provider = $1 \
         AND (state IN ('inquiry', 'opened') OR (state = 'won' AND taken_minor > 0)) \
         UNION ALL SELECT named, NULL FROM unnest($2::text[]) AS named \
         WHERE NOT EXISTS (SELECT FROM disputes WHERE provider = $1 AND reference = named)) AS worth ORDER BY random() LIMIT $3",
    )
    .bind(provider)
    .bind(named)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(reference, payment)| (reference, payment.map(PaymentId))).collect())
}

/// How many disputes of a provider are open, and how many the shop has to answer.
#[derive(Debug, Clone, FromRow)]
pub struct Open {
    pub provider: String,
    pub open: i64,
    pub to_answer: i64,
}

/// The open ones of each of these providers, and of others that have any; to be answered by a time, or overdue.
pub async fn open(pool: &PgPool, providers: &[&str], by: OffsetDateTime) -> Result<Vec<Open>, sqlx::Error> {
    sqlx::query_as(
        "WITH counted AS (SELECT provider, count(*) AS open, count(*) FILTER (WHERE respond_by <= $2) AS to_answer \
           FROM disputes WHERE state IN ('inquiry', 'opened') GROUP BY provider) \
         SELECT provider, coalesce(open, 0) AS open, coalesce(to_answer, 0) AS to_answer \
         FROM counted FULL JOIN unnest($1::text[]) AS known (provider) USING (provider)",
    )
    .bind(providers)
    .bind(by)
    .fetch_all(pool)
    .await
}

/// A dispute, and whose it is.
#[derive(Debug, Clone)]
pub struct Listed {
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub provider: String,
    pub known: Known,
}

#[derive(Debug, FromRow)]
struct ListedRow {
    order_id: Uuid,
    #[sqlx(flatten)]
    row: Row,
}

impl TryFrom<ListedRow> for Listed {
    type Error = sqlx::Error;

    fn try_from(ListedRow { order_id, row }: ListedRow) -> Result<Self, sqlx::Error> {
        let (payment_id, provider) = (PaymentId(row.payment_id), row.provider.clone());
        Ok(Self { order_id: OrderId(order_id), payment_id, provider, known: row.try_into()? })
    }
}

/// Newest first, after a position.
pub async fn list(
    conn: &mut PgConnection,
    open_only: bool,
    after: Option<(OffsetDateTime, Uuid)>,
    limit: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    let (at, id) = after.unzip();
    let rows: Vec<ListedRow> = sqlx::query_as(
        "SELECT d.*, p.order_id FROM disputes d JOIN payments p USING (payment_id) \
         WHERE (NOT $1 OR d.state IN ('inquiry', 'opened')) \
         AND ($2::timestamptz IS NULL OR (d.created_at, d.dispute_id) < ($2, $3)) \
         ORDER BY d.created_at DESC, d.dispute_id DESC LIMIT $4",
    )
    .bind(open_only)
    .bind(at)
    .bind(id)
    .bind(limit)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Listed::try_from).collect()
}
