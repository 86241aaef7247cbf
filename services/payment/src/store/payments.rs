//! Payments.

use sqlx::{FromRow, PgConnection, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    currency::Currency,
    event::NextAction,
    id::{OrderId, PaymentId, UserId},
    money::Money,
};

use crate::domain::{Closing, Payment, Standing};

#[derive(Debug, FromRow)]
struct Row {
    payment_id: Uuid,
    order_id: Uuid,
    user_id: Uuid,
    provider: String,
    token: Option<String>,
    currency: String,
    amount_minor: i64,
    state: String,
    closing: Option<String>,
    captured_minor: i64,
    refunding_minor: i64,
    refunded_minor: i64,
    next_action: Option<Json<NextAction>>,
    failure: Option<String>,
    expires_at: OffsetDateTime,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
}

fn closing_word(closing: Closing) -> &'static str {
    match closing {
        Closing::Cancel => "cancel",
        Closing::Expire => "expire",
    }
}

impl TryFrom<Row> for Payment {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let id = row.payment_id;
        let wrong = |column: &str, why: String| {
            sqlx::Error::Decode(format!("payments, row {id}, column {column}: {why}").into())
        };
        let currency: Currency = row.currency.parse().map_err(|e| wrong("currency", format!("{e}")))?;
        let closing = match row.closing.as_deref() {
            None => None,
            Some("cancel") => Some(Closing::Cancel),
            Some("expire") => Some(Closing::Expire),
            Some(other) => return Err(wrong("closing", format!("{other:?} is no reason to close"))),
        };
        let standing = Standing {
            state: row.state.parse().map_err(|e| wrong("state", e))?,
            closing,
            amount: row.amount_minor,
            captured: row.captured_minor,
            refunding: row.refunding_minor,
            refunded: row.refunded_minor,
        };
        Ok(Self {
            id: PaymentId(id),
            order_id: OrderId(row.order_id),
            user_id: UserId(row.user_id),
            provider: row.provider,
            token: row.token,
            amount: Money::new(row.amount_minor, currency),
            standing,
            next_action: row.next_action.map(|Json(action)| action),
            failure: row.failure,
            expires_at: row.expires_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// Writes a new payment; says whether its order had none.
pub async fn insert(conn: &mut PgConnection, payment: &Payment) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO payments (payment_id, order_id, user_id, provider, token, currency, amount_minor, state, \
         captured_minor, refunding_minor, refunded_minor, failure, expires_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, $9, $10, $11, $12) ON CONFLICT (order_id) DO NOTHING",
    )
    .bind(payment.id.uuid())
    .bind(payment.order_id.uuid())
    .bind(payment.user_id.uuid())
    .bind(&payment.provider)
    .bind(&payment.token)
    .bind(payment.amount.currency.code())
    .bind(payment.amount.amount_minor)
    .bind(payment.standing.state.as_str())
    .bind(&payment.failure)
    .bind(payment.expires_at)
    .bind(payment.created_at)
    .bind(payment.updated_at)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The payment of an order, if there is one.
pub async fn find(conn: &mut PgConnection, order: OrderId) -> Result<Option<Payment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM payments WHERE order_id = $1")
        .bind(order.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(Payment::try_from).transpose()
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

/// The payment of an order, if there is one; nobody else changes it until the transaction ends.
pub async fn lock_of_order(conn: &mut PgConnection, order: OrderId) -> Result<Option<Payment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM payments WHERE order_id = $1 FOR UPDATE")
        .bind(order.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(Payment::try_from).transpose()
}

/// The payment, if there is one; nobody else changes it until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: PaymentId) -> Result<Option<Payment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as("SELECT * FROM payments WHERE payment_id = $1 FOR UPDATE")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    row.map(Payment::try_from).transpose()
}

/// The pending payment whose time ran out first, locked; those that somebody holds are left to them.
pub async fn lock_overdue(
    conn: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Option<Payment>, sqlx::Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT * FROM payments WHERE state = 'pending' AND closing IS NULL AND expires_at <= $1 \
         ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .bind(now)
    .fetch_optional(conn)
    .await?;
    row.map(Payment::try_from).transpose()
}

/// Saves what may change of a payment.
pub async fn update(conn: &mut PgConnection, payment: &Payment) -> Result<(), sqlx::Error> {
    let standing = &payment.standing;
    let done = sqlx::query(
        "UPDATE payments SET state = $2, closing = $3, captured_minor = $4, refunding_minor = $5, \
         refunded_minor = $6, next_action = $7, failure = $8, updated_at = $9 WHERE payment_id = $1",
    )
    .bind(payment.id.uuid())
    .bind(standing.state.as_str())
    .bind(standing.closing.map(closing_word))
    .bind(standing.captured)
    .bind(standing.refunding)
    .bind(standing.refunded)
    .bind(payment.next_action.as_ref().map(Json))
    .bind(&payment.failure)
    .bind(payment.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
