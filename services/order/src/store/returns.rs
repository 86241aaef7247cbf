//! Returns and their lines.

use serde::Deserialize;
use sqlx::{FromRow, PgConnection, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{
    currency::{Currency, UnknownCurrency},
    id::{OrderId, RefundId, ReturnId, UserId},
    money::Money,
};

use crate::domain::returns::{Refund, Return, ReturnLine};

#[derive(Debug, FromRow)]
struct Row {
    return_id: Uuid,
    order_id: Uuid,
    user_id: Uuid,
    state: String,
    reason: String,
    answer: Option<String>,
    created_at: OffsetDateTime,
    updated_at: OffsetDateTime,
    lines: Json<Vec<LineRow>>,
    refund_id: Option<Uuid>,
    amount_minor: Option<i64>,
    failure: Option<String>,
    currency: String,
}

#[derive(Debug, Deserialize)]
struct LineRow {
    position: u32,
    quantity: u32,
    received: Option<u32>,
    restock: bool,
    refund_minor: i64,
}

impl Row {
    fn into_return(self) -> Result<Return, sqlx::Error> {
        let wrong = |why: &dyn std::fmt::Display| {
            sqlx::Error::Decode(format!("returns, row {}: {why}", self.return_id).into())
        };
        let currency: Currency = self.currency.parse().map_err(|error: UnknownCurrency| wrong(&error))?;
        let refund = self.refund_id.zip(self.amount_minor);
        let line = |row: LineRow| ReturnLine {
            line: row.position,
            quantity: row.quantity,
            received: row.received,
            restock: row.restock,
            refund: row.refund_minor,
        };
        Ok(Return {
            id: ReturnId(self.return_id),
            order_id: OrderId(self.order_id),
            user_id: UserId(self.user_id),
            state: self.state.parse().map_err(|error: String| wrong(&error))?,
            lines: self.lines.0.into_iter().map(line).collect(),
            currency,
            reason: self.reason,
            answer: self.answer,
            refund: refund
                .map(|(id, minor)| Refund { id: RefundId(id), amount: Money::new(minor, currency) }),
            refund_refused: self.failure,
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// A return's columns, its lines, its last refund, and why the last one failed where none followed.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.*, o.currency, (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position) FROM return_lines l \
             WHERE l.return_id = r.return_id) AS lines, f.refund_id, f.amount_minor, \
             (SELECT failure FROM refunds WHERE return_id = r.return_id AND r.state = 'received' \
             ORDER BY refund_id DESC LIMIT 1) AS failure \
             FROM returns r JOIN orders o USING (order_id) LEFT JOIN LATERAL (SELECT refund_id, amount_minor \
             FROM refunds WHERE return_id = r.return_id AND state <> 'failed' ORDER BY refund_id DESC LIMIT 1) f ON true ",
            $rest
        )
    };
}

/// Writes a new return.
pub async fn insert(conn: &mut PgConnection, new: &Return) -> Result<(), sqlx::Error> {
    let small = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    sqlx::query(
        "WITH new AS (INSERT INTO returns (return_id, order_id, user_id, state, reason, answer, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7)) \
         INSERT INTO return_lines (return_id, position, quantity) SELECT $1, * FROM unnest($8::int[], $9::int[])",
    )
    .bind(new.id.uuid())
    .bind(new.order_id.uuid())
    .bind(new.user_id.uuid())
    .bind(new.state.as_str())
    .bind(&new.reason)
    .bind(&new.answer)
    .bind(new.created_at)
    .bind(new.lines.iter().map(|line| small(line.line)).collect::<Vec<_>>())
    .bind(new.lines.iter().map(|line| small(line.quantity)).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Saves the state, the answer and the lines of a return.
pub async fn update(conn: &mut PgConnection, changed: &Return) -> Result<(), sqlx::Error> {
    let small = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    let lines = &changed.lines;
    sqlx::query(
        "WITH saved AS (UPDATE returns SET state = $2, answer = $3, updated_at = $4 WHERE return_id = $1) \
         UPDATE return_lines l SET received = n.received, restock = n.restock, refund_minor = n.refund \
         FROM unnest($5::int[], $6::int[], $7::bool[], $8::bigint[]) AS n (position, received, restock, refund) \
         WHERE l.return_id = $1 AND l.position = n.position",
    )
    .bind(changed.id.uuid())
    .bind(changed.state.as_str())
    .bind(&changed.answer)
    .bind(changed.updated_at)
    .bind(lines.iter().map(|line| small(line.line)).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.received.map(small)).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.restock).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.refund).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The return, if there is one. Who changes it holds its order.
pub async fn find(conn: &mut PgConnection, id: ReturnId) -> Result<Option<Return>, sqlx::Error> {
    let row: Option<Row> =
        sqlx::query_as(select!("WHERE r.return_id = $1")).bind(id.uuid()).fetch_optional(conn).await?;
    row.map(Row::into_return).transpose()
}

/// The returns of an order, oldest first.
pub async fn of_order(conn: &mut PgConnection, order: OrderId) -> Result<Vec<Return>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(select!("WHERE r.order_id = $1 ORDER BY r.return_id"))
        .bind(order.uuid())
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::into_return).collect()
}

/// The returns of a customer, oldest first.
pub async fn of_user(conn: &mut PgConnection, user: UserId) -> Result<Vec<Return>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(select!("WHERE r.user_id = $1 ORDER BY r.return_id"))
        .bind(user.uuid())
        .fetch_all(conn)
        .await?;
    rows.into_iter().map(Row::into_return).collect()
}

/// Returns in a state, or all of them, newest first, those before `after`.
pub async fn list(
    pool: &PgPool,
    state: Option<&str>,
    after: Option<ReturnId>,
    limit: u32,
) -> Result<Vec<Return>, sqlx::Error> {
    let query = select!(
        "WHERE ($1::text IS NULL OR r.state = $1) AND ($2::uuid IS NULL OR r.return_id < $2) \
         ORDER BY r.return_id DESC LIMIT $3"
    );
    let rows: Vec<Row> = sqlx::query_as(query)
        .bind(state)
        .bind(after.map(ReturnId::uuid))
        .bind(i64::from(limit))
        .fetch_all(pool)
        .await?;
    rows.into_iter().map(Row::into_return).collect()
}
