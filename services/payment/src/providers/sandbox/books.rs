//! The sandbox's own books.

use sqlx::{FromRow, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::{currency::Currency, event::NextAction, id::PaymentId, money::Money};

use super::{script::Beginning, webhook::Verdict};
use crate::domain::{Payment, Said, dispute};

/// How long a shop has to answer a dispute.
const ANSWER_WITHIN: Duration = Duration::days(7);

/// How a payment stands at the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Approved,
    Authorized,
    Succeeded,
    Failed,
    Voided,
}

warung_contracts::words!(
    Status,
    "status of the sandbox",
    Pending = "pending",
    Approved = "approved",
    Authorized = "authorized",
    Succeeded = "succeeded",
    Failed = "failed",
    Voided = "voided",
);

/// A payment in the books.
#[derive(Debug, Clone)]
pub struct Entry {
    pub status: Status,
    pub reason: Option<String>,
    pub by_redirect: bool,
    /// What was set aside or taken, or is to be.
    pub amount: Money,
    /// The token it was opened with.
    pub script: Option<String>,
}

#[derive(Debug, FromRow)]
struct Row {
    status: String,
    reason: Option<String>,
    by_redirect: bool,
    currency: String,
    amount_minor: i64,
    taken_minor: i64,
    script: Option<String>,
}

impl TryFrom<Row> for Entry {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let status = Status::ALL.into_iter().find(|known| known.as_str() == row.status);
        let status = status.ok_or_else(|| {
            sqlx::Error::Decode(format!("sandbox_payments, column status: {:?}", row.status).into())
        })?;
        let currency = row.currency.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
        let minor = if row.taken_minor == 0 { row.amount_minor } else { row.taken_minor };
        Ok(Self {
            status,
            reason: row.reason,
            by_redirect: row.by_redirect,
            amount: Money::new(minor, currency),
            script: row.script,
        })
    }
}

impl Entry {
    /// As the sandbox tells it.
    pub fn said(&self, public_url: &str, id: PaymentId) -> Said {
        match self.status {
            Status::Pending if self.by_redirect => {
                Said::Pending(NextAction::Redirect { url: format!("{public_url}/sandbox/pay/{id}") })
            }
            Status::Pending => Said::Pending(NextAction::Wait),
            Status::Approved => Said::Approved,
            Status::Authorized => Said::Authorized(self.amount),
            Status::Succeeded => Said::Captured(self.amount),
            Status::Failed => Said::Failed(self.reason.clone().unwrap_or_else(|| "refused".to_owned())),
            Status::Voided => Said::Voided,
        }
    }
}

/// Enters a payment, unless it is there: the payment's id is the key. Says how it stands.
pub async fn open(
    pool: &PgPool,
    payment: &Payment,
    begin: &Beginning,
    now: OffsetDateTime,
) -> Result<Entry, sqlx::Error> {
    let row: Row = sqlx::query_as(
        "INSERT INTO sandbox_payments \
         (payment_id, currency, amount_minor, status, reason, by_redirect, script, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
         ON CONFLICT (payment_id) DO UPDATE SET payment_id = EXCLUDED.payment_id \
         RETURNING status, reason, by_redirect, currency, amount_minor, taken_minor, script",
    )
    .bind(payment.id.uuid())
    .bind(begin.amount.currency.code())
    .bind(begin.amount.amount_minor)
    .bind(begin.status.as_str())
    .bind(begin.reason)
    .bind(begin.by_redirect)
    .bind(payment.token.as_ref().map(|token| token.expose()))
    .bind(now)
    .fetch_one(pool)
    .await?;
    row.try_into()
}

/// How a payment stands, if it is there.
pub async fn find(pool: &PgPool, id: PaymentId) -> Result<Option<Entry>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT status, reason, by_redirect, currency, amount_minor, taken_minor, script \
         FROM sandbox_payments WHERE payment_id = $1",
    )
    .bind(id.uuid())
    .fetch_optional(pool)
    .await?;
    row.map(Entry::try_from).transpose()
}

/// What the sandbox's page shows of a payment.
#[derive(Debug, Clone)]
pub struct Page {
    pub amount: Money,
    /// In a word.
    pub status: &'static str,
    /// Whether the customer can still choose.
    pub open: bool,
    /// How far a dispute of it is.
    pub dispute: Option<dispute::State>,
}

/// The page of a payment to which its customer was sent.
pub async fn page(pool: &PgPool, id: PaymentId) -> Result<Option<Page>, sqlx::Error> {
    let Some(entry) = find(pool, id).await?.filter(|entry| entry.by_redirect) else { return Ok(None) };
    let dispute = disputed(pool, id, entry.amount.currency).await?;
    Ok(Some(Page {
        amount: entry.amount,
        status: entry.status.as_str(),
        open: entry.status == Status::Pending,
        dispute: dispute.map(|told| told.state),
    }))
}

/// Brings a payment from one of these states to another, with what is taken where that differs.
pub async fn advance(
    pool: &PgPool,
    id: PaymentId,
    (from, to): (&[Status], Status),
    taken: Option<Money>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let from: Vec<&str> = from.iter().map(|status| status.as_str()).collect();
    sqlx::query(
        "UPDATE sandbox_payments SET status = $3, updated_at = $4, taken_minor = coalesce($5, taken_minor) \
         WHERE payment_id = $1 AND status = ANY($2)",
    )
    .bind(id.uuid())
    .bind(from)
    .bind(to.as_str())
    .bind(now)
    .bind(taken.map(|taken| taken.amount_minor))
    .execute(pool)
    .await?;
    Ok(())
}

/// The customer pays or is refused. Money may arrive after the payment was called off, as bank transfers do; a success
/// or a refusal is never taken back.
pub async fn decide(
    pool: &PgPool,
    id: PaymentId,
    (verdict, amount_minor): (Verdict, Option<i64>),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let statement = match verdict {
        Verdict::Disputed => return contest(pool, id, (dispute::State::Opened, amount_minor), now).await,
        Verdict::DisputeWon => return contest(pool, id, (dispute::State::Won, amount_minor), now).await,
        Verdict::DisputeLost => return contest(pool, id, (dispute::State::Lost, amount_minor), now).await,
        Verdict::Succeeded => {
            "UPDATE sandbox_payments SET status = 'succeeded', updated_at = $2 \
             WHERE payment_id = $1 AND by_redirect AND status IN ('pending', 'voided')"
        }
        Verdict::Failed => {
            "UPDATE sandbox_payments SET status = 'failed', reason = 'card_declined', updated_at = $2 \
             WHERE payment_id = $1 AND by_redirect AND status = 'pending'"
        }
    };
    sqlx::query(statement).bind(id.uuid()).bind(now).execute(pool).await?;
    Ok(())
}

/// A customer contests what was paid, or that comes to an end: as the company says it, which may be mistaken.
async fn contest(
    pool: &PgPool,
    id: PaymentId,
    (state, amount_minor): (dispute::State, Option<i64>),
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO sandbox_disputes (payment_id, amount_minor, state, opened_at) \
         SELECT payment_id, coalesce($3, nullif(taken_minor, 0), amount_minor), $2, $4 FROM sandbox_payments \
         WHERE payment_id = $1 AND status = 'succeeded' ON CONFLICT (payment_id) DO UPDATE SET state = $2",
    )
    .bind(id.uuid())
    .bind(state.as_str())
    .bind(amount_minor)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(())
}

/// The dispute of a payment, if there is one.
pub async fn disputed(
    pool: &PgPool,
    id: PaymentId,
    currency: Currency,
) -> Result<Option<dispute::Told>, sqlx::Error> {
    let row: Option<(i64, String, OffsetDateTime)> =
        sqlx::query_as("SELECT amount_minor, state, opened_at FROM sandbox_disputes WHERE payment_id = $1")
            .bind(id.uuid())
            .fetch_optional(pool)
            .await?;
    let Some((minor, state, opened_at)) = row else { return Ok(None) };
    let state: dispute::State = state.parse().map_err(|why: String| sqlx::Error::Decode(why.into()))?;
    Ok(Some(dispute::Told {
        reference: format!("dispute-{id}"),
        state,
        amount: Money::new(minor, currency),
        taken: if state == dispute::State::Won { 0 } else { minor },
        reason: "not_received".to_owned(),
        respond_by: (state == dispute::State::Opened).then_some(opened_at + ANSWER_WITHIN),
        opened_at: Some(opened_at),
    }))
}

/// Gives money back, once for each key.
pub async fn refund(
    pool: &PgPool,
    attempt: Uuid,
    id: PaymentId,
    amount: Money,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO sandbox_refunds (attempt_id, payment_id, amount_minor, created_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (attempt_id) DO NOTHING",
    )
    .bind(attempt)
    .bind(id.uuid())
    .bind(amount.amount_minor)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(())
}

/// Whether money went back under this key.
pub async fn refunded(pool: &PgPool, attempt: Uuid) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM sandbox_refunds WHERE attempt_id = $1)")
        .bind(attempt)
        .fetch_one(pool)
        .await
}

/// All that went back of a payment, in minor units.
pub async fn went_back(pool: &PgPool, id: PaymentId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT coalesce(sum(amount_minor), 0)::bigint FROM sandbox_refunds WHERE payment_id = $1",
    )
    .bind(id.uuid())
    .fetch_one(pool)
    .await
}
