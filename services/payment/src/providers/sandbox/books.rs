//! The sandbox's own books.

use sqlx::{FromRow, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{event::NextAction, id::PaymentId, money::Money};

use super::webhook::Verdict;
use crate::domain::{Payment, Said};

/// How a payment stands at the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Pending,
    Succeeded,
    Failed,
    Voided,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Voided => "voided",
        }
    }
}

/// A payment in the books.
#[derive(Debug, Clone)]
pub struct Entry {
    pub status: Status,
    pub reason: Option<String>,
    pub by_redirect: bool,
}

#[derive(Debug, FromRow)]
struct Row {
    status: String,
    reason: Option<String>,
    by_redirect: bool,
}

impl TryFrom<Row> for Entry {
    type Error = sqlx::Error;

    fn try_from(Row { status, reason, by_redirect }: Row) -> Result<Self, sqlx::Error> {
        let all = [Status::Pending, Status::Succeeded, Status::Failed, Status::Voided];
        let status = all.into_iter().find(|known| known.as_str() == status).ok_or_else(|| {
            sqlx::Error::Decode(format!("sandbox_payments, column status: {status:?}").into())
        })?;
        Ok(Self { status, reason, by_redirect })
    }
}

impl Entry {
    /// As the sandbox tells it.
    pub fn said(self, public_url: &str, id: PaymentId) -> Said {
        match self.status {
            Status::Pending if self.by_redirect => {
                Said::Pending(NextAction::Redirect { url: format!("{public_url}/sandbox/pay/{id}") })
            }
            Status::Pending => Said::Pending(NextAction::Wait),
            Status::Succeeded => Said::Succeeded,
            Status::Failed => Said::Failed(self.reason.unwrap_or_else(|| "refused".to_owned())),
            Status::Voided => Said::Voided,
        }
    }
}

/// Enters a payment, unless it is there.
pub async fn open(
    pool: &PgPool,
    payment: &Payment,
    entry: &Entry,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO sandbox_payments (payment_id, currency, amount_minor, status, reason, by_redirect, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
    )
    .bind(payment.id.uuid())
    .bind(payment.amount.currency.code())
    .bind(payment.amount.amount_minor)
    .bind(entry.status.as_str())
    .bind(&entry.reason)
    .bind(entry.by_redirect)
    .bind(now)
    .execute(pool)
    .await?;
    Ok(())
}

/// How a payment stands, if it is there.
pub async fn find(pool: &PgPool, id: PaymentId) -> Result<Option<Entry>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as("SELECT status, reason, by_redirect FROM sandbox_payments WHERE payment_id = $1")
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
}

/// The page of a payment to which its customer was sent.
pub async fn page(pool: &PgPool, id: PaymentId) -> Result<Option<Page>, sqlx::Error> {
    let Some(entry) = find(pool, id).await?.filter(|entry| entry.by_redirect) else { return Ok(None) };
    let (amount_minor, currency): (i64, String) =
        sqlx::query_as("SELECT amount_minor, currency FROM sandbox_payments WHERE payment_id = $1")
            .bind(id.uuid())
            .fetch_one(pool)
            .await?;
    let currency = currency.parse().map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    let amount = Money::new(amount_minor, currency);
    Ok(Some(Page { amount, status: entry.status.as_str(), open: entry.status == Status::Pending }))
}

/// Calls off a payment that is pending.
pub async fn void(pool: &PgPool, id: PaymentId, now: OffsetDateTime) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE sandbox_payments SET status = 'voided', updated_at = $2 WHERE payment_id = $1 AND status = 'pending'",
    )
    .bind(id.uuid())
    .bind(now)
    .execute(pool)
    .await?;
    Ok(())
}

/// The customer pays or is refused. Money may arrive after the payment was called off, as bank transfers do; a success
/// or a refusal is never taken back.
pub async fn decide(
    pool: &PgPool,
    id: PaymentId,
    verdict: Verdict,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let statement = match verdict {
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
