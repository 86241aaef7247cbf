//! Calls to providers: written before the call, marked after its answer.

use sqlx::{FromRow, PgConnection, PgPool};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warung_contracts::id::PaymentId;

/// How long a call may be under way before it counts as lost. Longer than any provider's deadline.
pub const LEASE: Duration = Duration::seconds(30);

/// What the provider is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Open,
    Void,
    /// Give this much back, in minor units.
    Refund(i64),
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Void => "void",
            Self::Refund(_) => "refund",
        }
    }
}

/// A call that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// The provider's idempotency key.
    pub id: Uuid,
    pub payment_id: PaymentId,
    pub kind: Kind,
    /// Calls made so far, with the one about to be made.
    pub tries: i32,
}

#[derive(Debug, FromRow)]
struct Row {
    attempt_id: Uuid,
    payment_id: Uuid,
    kind: String,
    amount_minor: Option<i64>,
    tries: i32,
}

impl TryFrom<Row> for Attempt {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let kind = match (row.kind.as_str(), row.amount_minor) {
            ("open", None) => Kind::Open,
            ("void", None) => Kind::Void,
            ("refund", Some(amount)) => Kind::Refund(amount),
            (other, _) => {
                let text = format!("attempts, row {}, column kind: {other:?}", row.attempt_id);
                return Err(sqlx::Error::Decode(text.into()));
            }
        };
        Ok(Self { id: row.attempt_id, payment_id: PaymentId(row.payment_id), kind, tries: row.tries })
    }
}

/// Which calls to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those never made.
    New,
    /// Those whose answer was lost, or that failed and are due again.
    LeftBetween,
}

/// Writes that a call is to be made.
pub async fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    payment: PaymentId,
    kind: Kind,
    reason: &str,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let amount = if let Kind::Refund(amount) = kind { Some(amount) } else { None };
    sqlx::query(
        "INSERT INTO attempts (attempt_id, payment_id, kind, amount_minor, reason, state, due_at, created_at) \
         VALUES ($1, $2, $3, $4, $5, 'started', $6, $6)",
    )
    .bind(id)
    .bind(payment.uuid())
    .bind(kind.as_str())
    .bind(amount)
    .bind(reason)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes calls that are due for [`LEASE`]: nobody else makes them meanwhile.
pub async fn claim(
    pool: &PgPool,
    which: Which,
    limit: i64,
    now: OffsetDateTime,
) -> Result<Vec<Attempt>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "UPDATE attempts SET tries = tries + 1, due_at = $1 WHERE attempt_id IN ( \
           SELECT attempt_id FROM attempts WHERE state = 'started' AND due_at <= $2 AND (tries = 0) = $3 \
           ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED) \
         RETURNING attempt_id, payment_id, kind, amount_minor, tries",
    )
    .bind(now + LEASE)
    .bind(now)
    .bind(which == Which::New)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    rows.into_iter().map(Attempt::try_from).collect()
}

/// Puts off a call that failed.
pub async fn put_off(pool: &PgPool, id: Uuid, due_at: OffsetDateTime, why: &str) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE attempts SET due_at = $2, answer = $3 WHERE attempt_id = $1 AND state = 'started'")
        .bind(id)
        .bind(due_at)
        .bind(why)
        .execute(pool)
        .await?;
    Ok(())
}

/// Marks a call as answered; says whether it was not before.
pub async fn finish(
    conn: &mut PgConnection,
    id: Uuid,
    answer: &str,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "UPDATE attempts SET state = 'done', answer = $2, done_at = $3 WHERE attempt_id = $1 AND state = 'started'",
    )
    .bind(id)
    .bind(answer)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// A refund of a payment.
#[derive(Debug, Clone, FromRow)]
pub struct Refund {
    pub amount_minor: i64,
    pub reason: String,
    pub created_at: OffsetDateTime,
    /// When the provider gave it back.
    pub done_at: Option<OffsetDateTime>,
}

/// The refunds of a payment, oldest first.
pub async fn refunds(conn: &mut PgConnection, payment: PaymentId) -> Result<Vec<Refund>, sqlx::Error> {
    sqlx::query_as(
        "SELECT amount_minor, reason, created_at, done_at FROM attempts \
         WHERE payment_id = $1 AND kind = 'refund' ORDER BY created_at, attempt_id",
    )
    .bind(payment.uuid())
    .fetch_all(conn)
    .await
}
