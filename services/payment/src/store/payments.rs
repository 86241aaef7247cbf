//! Tries of orders' payments. Whoever adds one holds the try before it.

use sqlx::{AssertSqlSafe, FromRow, PgConnection, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    currency::Currency,
    event::{NextAction, PaymentChoice},
    id::{OrderId, PaymentId, UserId},
    money::Money,
};

use super::unreadable;
use crate::domain::{Closing, Held, Hidden, Payment, Standing, ledger::Revenue};

/// A payment as the table has it.
#[derive(Debug, FromRow)]
pub struct Row {
    payment_id: Uuid,
    order_id: Uuid,
    order_number: Option<String>,
    attempt: i32,
    user_id: Uuid,
    order_token_hash: Option<String>,
    provider: String,
    token: Option<String>,
    currency: String,
    amount_minor: i64,
    shipping_minor: i64,
    tax_minor: i64,
    state: String,
    closing: Option<String>,
    capture: String,
    authorized_minor: i64,
    capturing_minor: i64,
    captured_minor: i64,
    refunding_minor: i64,
    refunded_minor: i64,
    refused_minor: i64,
    offline_minor: i64,
    charged_back_minor: i64,
    held: Option<Json<Held>>,
    method: Option<String>,
    return_url: Option<String>,
    reference: Option<String>,
    reported: Option<Json<Money>>,
    client_secret: Option<String>,
    next_action: Option<Json<NextAction>>,
    failure: Option<String>,
    expires_at: OffsetDateTime,
    retry_until: Option<OffsetDateTime>,
    next_choice: Option<Json<PaymentChoice>>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

impl TryFrom<Row> for Payment {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let id = row.payment_id;
        let wrong = |column: &str, why: String| unreadable("payments", id, column, why);
        let currency: Currency = row.currency.parse().map_err(|e| wrong("currency", format!("{e}")))?;
        let closing = row.closing.as_deref().map(str::parse).transpose();
        let standing = Standing {
            state: row.state.parse().map_err(|e| wrong("state", e))?,
            closing: closing.map_err(|e| wrong("closing", e))?,
            capture: row.capture.parse().map_err(|e| wrong("capture", e))?,
            currency,
            amount: row.amount_minor,
            authorized: row.authorized_minor,
            capturing: row.capturing_minor,
            captured: row.captured_minor,
            refunding: row.refunding_minor,
            refunded: row.refunded_minor,
            refused: row.refused_minor,
            offline: row.offline_minor,
            charged_back: row.charged_back_minor,
            held: row.held.map(|Json(held)| held),
        };
        Ok(Self {
            id: PaymentId(id),
            order_id: OrderId(row.order_id),
            order_number: row.order_number,
            attempt: u32::try_from(row.attempt).map_err(|e| wrong("attempt", e.to_string()))?,
            user_id: UserId(row.user_id),
            order_token_hash: row.order_token_hash,
            provider: row.provider,
            token: row.token.map(Hidden::new),
            method: row.method,
            return_url: row.return_url,
            reference: row.reference,
            reported: row.reported.map(|Json(amount)| amount),
            client_secret: row.client_secret.map(Hidden::new),
            amount: Money::new(row.amount_minor, currency),
            revenue: Revenue {
                sales: row.amount_minor - row.shipping_minor - row.tax_minor,
                shipping: row.shipping_minor,
                tax: row.tax_minor,
            },
            standing,
            next_action: row.next_action.map(|Json(action)| action),
            failure: row.failure,
            expires_at: row.expires_at,
            retry_until: row.retry_until,
            next: row.next_choice.map(|Json(choice)| choice.into()),
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// The call that opens a try.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The provider's idempotency key.
    pub id: Uuid,
    /// Why, in the words of who asked.
    pub reason: &'a str,
}

/// Writes a new try, and the call that opens it where its provider is to be asked; says whether its order had none of this
/// number. Otherwise nothing is written.
pub async fn insert(
    conn: &mut PgConnection,
    payment: &Payment,
    opening: Option<Opening<'_>>,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "WITH tried AS (INSERT INTO payments (payment_id, order_id, user_id, provider, token, currency, amount_minor, state, \
         captured_minor, refunding_minor, refunded_minor, failure, expires_at, created_at, updated_at, closing, \
         capture, method, return_url, order_token_hash, shipping_minor, tax_minor, attempt, retry_until, order_number) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, \
         $21, $22) ON CONFLICT (order_id, attempt) DO NOTHING RETURNING payment_id), \
         asked AS (INSERT INTO attempts (attempt_id, payment_id, kind, reason, state, due_at, created_at) \
           SELECT $23::uuid, payment_id, 'open', $24::text, 'started', $11, $11 FROM tried WHERE $23::uuid IS NOT NULL) \
         SELECT EXISTS (SELECT FROM tried)",
    )
    .bind(payment.id.uuid())
    .bind(payment.order_id.uuid())
    .bind(payment.user_id.uuid())
    .bind(&payment.provider)
    .bind(payment.token.as_ref().map(Hidden::expose))
    .bind(payment.amount.currency.code())
    .bind(payment.amount.amount_minor)
    .bind(payment.standing.state.as_str())
    .bind(&payment.failure)
    .bind(payment.expires_at)
    .bind(payment.created_at)
    .bind(payment.updated_at)
    .bind(payment.standing.closing.map(Closing::as_str))
    .bind(payment.standing.capture.as_str())
    .bind(&payment.method)
    .bind(&payment.return_url)
    .bind(&payment.order_token_hash)
    .bind(payment.revenue.shipping)
    .bind(payment.revenue.tax)
    .bind(number(payment.attempt))
    .bind(payment.retry_until)
    .bind(&payment.order_number)
    .bind(opening.map(|call| call.id))
    .bind(opening.map(|call| call.reason))
    .fetch_one(conn)
    .await
}

fn number(attempt: u32) -> i32 {
    i32::try_from(attempt).unwrap_or(i32::MAX)
}

/// The try of an order that counts, if there is one: that which paid it, or else the latest.
pub async fn find(conn: &mut PgConnection, order: OrderId) -> Result<Option<Payment>, sqlx::Error> {
    let query = "SELECT * FROM payments WHERE order_id = $1 \
                 ORDER BY (captured_minor > 0 AND closing IS DISTINCT FROM 'cancel') DESC, attempt DESC LIMIT 1";
    let row: Option<Row> = sqlx::query_as(query).bind(order.uuid()).fetch_optional(conn).await?;
    row.map(Payment::try_from).transpose()
}

/// Every try of an order, in their order.
pub async fn of_order(conn: &mut PgConnection, order: OrderId) -> Result<Vec<Payment>, sqlx::Error> {
    let query = "SELECT * FROM payments WHERE order_id = $1 ORDER BY attempt";
    all(sqlx::query_as(query).bind(order.uuid()).fetch_all(conn).await?)
}

/// The payment, if there is one.
pub async fn find_by_id(conn: &mut PgConnection, id: PaymentId) -> Result<Option<Payment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM payments WHERE payment_id = $1")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(Payment::try_from).transpose()
}

/// The payment, which must exist.
pub async fn get(conn: &mut PgConnection, id: PaymentId) -> Result<Payment, sqlx::Error> {
    find_by_id(conn, id).await?.ok_or(sqlx::Error::RowNotFound)
}

/// Every try of an order, in their order; nobody else changes one or adds another until the transaction ends.
pub async fn lock_of_order(conn: &mut PgConnection, order: OrderId) -> Result<Vec<Payment>, sqlx::Error> {
    let query = "SELECT * FROM payments WHERE order_id = $1 ORDER BY attempt FOR UPDATE";
    let mut held = 0;
    loop {
        let rows: Vec<Row> = sqlx::query_as(query).bind(order.uuid()).fetch_all(&mut *conn).await?;
        // While the last one was waited for, another may have followed it: none has where it still has the time for that.
        if rows.len() == held || rows.last().is_some_and(|row| row.retry_until.is_some()) {
            return all(rows);
        }
        held = rows.len();
    }
}

/// The payment, if there is one; nobody else changes it until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: PaymentId) -> Result<Option<Payment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM payments WHERE payment_id = $1 FOR UPDATE")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(Payment::try_from).transpose()
}

/// The payment that the provider knows by this id, if there is one.
pub async fn find_by_reference(
    conn: &mut PgConnection,
    provider: &str,
    reference: &str,
) -> Result<Option<Payment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM payments WHERE provider = $1 AND reference = $2")
        .bind(provider)
        .bind(reference)
        .fetch_optional(conn)
        .await?;
    row.map(Payment::try_from).transpose()
}

/// When the time to pay, to be taken or to be tried again has run out by `$1`.
const OVERDUE: &str = "((state IN ('pending', 'authorized') AND closing IS NULL AND held IS NULL \
     AND capturing_minor = 0 AND expires_at <= $1) OR (retry_until <= $1 \
     AND state NOT IN ('opening', 'pending', 'approved', 'authorized')))";

/// The payments whose time ran out, with the time to pay, the oldest first, after one of them.
pub async fn overdue(
    pool: &PgPool,
    now: OffsetDateTime,
    after: Option<(OffsetDateTime, PaymentId)>,
    limit: i64,
) -> Result<Vec<(OffsetDateTime, PaymentId)>, sqlx::Error> {
    let query = format!(
        "SELECT expires_at, payment_id FROM payments WHERE {OVERDUE} \
         AND ($2::timestamptz IS NULL OR (expires_at, payment_id) > ($2, $3)) ORDER BY expires_at, payment_id LIMIT $4"
    );
    let rows: Vec<(OffsetDateTime, Uuid)> = sqlx::query_as(AssertSqlSafe(query))
        .bind(now)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id.uuid()))
        .bind(limit)
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().map(|(at, id)| (at, PaymentId(id))).collect())
}

/// One of them, locked; none when it moved meanwhile, or somebody holds it.
pub async fn lock_overdue(
    conn: &mut PgConnection,
    id: PaymentId,
    now: OffsetDateTime,
) -> Result<Option<Payment>, sqlx::Error> {
    let query = format!("SELECT * FROM payments WHERE payment_id = $2 AND {OVERDUE} FOR UPDATE SKIP LOCKED");
    let row: Option<Row> =
        sqlx::query_as(AssertSqlSafe(query)).bind(now).bind(id.uuid()).fetch_optional(conn).await?;
    row.map(Payment::try_from).transpose()
}

/// Saves what may change of a payment. Of an account that is gone no secret is kept, also when it comes only now.
pub async fn update(conn: &mut PgConnection, payment: &Payment) -> Result<(), sqlx::Error> {
    let standing = &payment.standing;
    let done = sqlx::query(
        "UPDATE payments SET state = $2, closing = $3, captured_minor = $4, refunding_minor = $5, \
         refunded_minor = $6, next_action = $7, failure = $8, updated_at = $9, authorized_minor = $10, \
         capturing_minor = $11, held = $12, reference = $13, client_secret = CASE WHEN $14::text IS NOT NULL \
           AND NOT EXISTS (SELECT FROM erased_users e WHERE e.user_id = payments.user_id) THEN $14 END, \
         expires_at = $15, token = $16, refused_minor = $17, offline_minor = $18, reported = $19, retry_until = $20, \
         next_choice = $21, charged_back_minor = $22, return_url = $23 WHERE payment_id = $1",
    )
    .bind(payment.id.uuid())
    .bind(standing.state.as_str())
    .bind(standing.closing.map(Closing::as_str))
    .bind(standing.captured)
    .bind(standing.refunding)
    .bind(standing.refunded)
    .bind(payment.next_action.as_ref().map(Json))
    .bind(&payment.failure)
    .bind(payment.updated_at)
    .bind(standing.authorized)
    .bind(standing.capturing)
    .bind(standing.held.map(Json))
    .bind(&payment.reference)
    .bind(payment.client_secret.as_ref().map(Hidden::expose))
    .bind(payment.expires_at)
    .bind(payment.token.as_ref().map(Hidden::expose))
    .bind(standing.refused)
    .bind(standing.offline)
    .bind(payment.reported.map(Json))
    .bind(payment.retry_until)
    .bind(payment.next.as_ref().map(|way| Json(PaymentChoice::from(way))))
    .bind(standing.charged_back)
    .bind(&payment.return_url)
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// Payments of rows.
pub fn all(rows: Vec<Row>) -> Result<Vec<Payment>, sqlx::Error> {
    rows.into_iter().map(Payment::try_from).collect()
}

/// Payments of a user, newest first.
pub async fn of_user(conn: &mut PgConnection, user: UserId, limit: i64) -> Result<Vec<Payment>, sqlx::Error> {
    let rows = sqlx::query_as("SELECT * FROM payments WHERE user_id = $1 ORDER BY payment_id DESC LIMIT $2")
        .bind(user.uuid())
        .bind(limit)
        .fetch_all(conn)
        .await?;
    all(rows)
}
