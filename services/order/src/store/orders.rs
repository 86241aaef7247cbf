//! Orders and their lines.

use sqlx::{PgConnection, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, UserId};

use super::row::{LineRow, OrderRow, word};
use crate::domain::Order;

/// A number that no order has, 1 or more.
pub async fn next_number(conn: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("SELECT nextval('order_numbers')").fetch_one(conn).await
}

/// Writes a new order with its lines.
pub async fn insert(conn: &mut PgConnection, order: &Order) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO orders (order_id, number, user_id, state, currency, total_minor, payment_provider, \
         payment_token, shipping_address, deadline_at, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(order.id.uuid())
    .bind(&order.number)
    .bind(order.user_id.uuid())
    .bind(order.state.as_str())
    .bind(order.total.currency.code())
    .bind(order.total.amount_minor)
    .bind(&order.payment.provider)
    .bind(&order.payment.token)
    .bind(Json(&order.shipping_address))
    .bind(order.deadline_at)
    .bind(order.created_at)
    .bind(order.updated_at)
    .execute(&mut *conn)
    .await?;
    insert_lines(conn, order).await
}

async fn insert_lines(conn: &mut PgConnection, order: &Order) -> Result<(), sqlx::Error> {
    let lines = &order.lines;
    let quantity = |quantity: u32| {
        i32::try_from(quantity).map_err(|_| sqlx::Error::Encode("a quantity is too large".into()))
    };
    sqlx::query(
        "INSERT INTO order_lines (order_id, position, product_id, sku, name, quantity, unit_price_minor) \
         SELECT $1, ordinality - 1, product_id, sku, name, quantity, price \
         FROM unnest($2::uuid[], $3::text[], $4::text[], $5::int[], $6::bigint[]) \
         WITH ORDINALITY AS line (product_id, sku, name, quantity, price)",
    )
    .bind(order.id.uuid())
    .bind(lines.iter().map(|line| line.product_id.uuid()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.sku.clone()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| line.name.clone()).collect::<Vec<_>>())
    .bind(lines.iter().map(|line| quantity(line.quantity)).collect::<Result<Vec<_>, _>>()?)
    .bind(lines.iter().map(|line| line.unit_price.amount_minor).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The order, if there is one.
pub async fn find(conn: &mut PgConnection, id: OrderId) -> Result<Option<Order>, sqlx::Error> {
    let row: Option<OrderRow> = sqlx::query_as("SELECT * FROM orders WHERE order_id = $1")
        .bind(id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    with_lines(conn, row).await
}

/// The order, if there is one; nobody else changes it until the transaction ends.
pub async fn lock(conn: &mut PgConnection, id: OrderId) -> Result<Option<Order>, sqlx::Error> {
    let row: Option<OrderRow> = sqlx::query_as("SELECT * FROM orders WHERE order_id = $1 FOR UPDATE")
        .bind(id.uuid())
        .fetch_optional(&mut *conn)
        .await?;
    with_lines(conn, row).await
}

/// The unpaid order whose deadline passed first, locked; orders that somebody else holds are left to them.
pub async fn lock_overdue(
    conn: &mut PgConnection,
    now: OffsetDateTime,
) -> Result<Option<Order>, sqlx::Error> {
    let row: Option<OrderRow> = sqlx::query_as(
        "SELECT * FROM orders WHERE state IN ('placed', 'awaiting_payment') AND deadline_at <= $1 \
         ORDER BY deadline_at LIMIT 1 FOR UPDATE SKIP LOCKED",
    )
    .bind(now)
    .fetch_optional(&mut *conn)
    .await?;
    with_lines(conn, row).await
}

async fn with_lines(conn: &mut PgConnection, row: Option<OrderRow>) -> Result<Option<Order>, sqlx::Error> {
    let Some(row) = row else { return Ok(None) };
    let lines = sqlx::query_as("SELECT * FROM order_lines WHERE order_id = $1 ORDER BY position")
        .bind(row.id())
        .fetch_all(conn)
        .await?;
    row.into_order(lines).map(Some)
}

/// Saves what may change of an order: everything but its lines, total, customer and address.
pub async fn update(conn: &mut PgConnection, order: &Order) -> Result<(), sqlx::Error> {
    let done = sqlx::query(
        "UPDATE orders SET state = $2, refunded_minor = $3, next_action = $4, carrier = $5, \
         tracking_number = $6, cancel_reason = $7, updated_at = $8 WHERE order_id = $1",
    )
    .bind(order.id.uuid())
    .bind(order.state.as_str())
    .bind(order.refunded.amount_minor)
    .bind(order.next_action.as_ref().map(Json))
    .bind(&order.carrier)
    .bind(&order.tracking_number)
    .bind(order.cancel_reason.as_ref().map(word).transpose()?)
    .bind(order.updated_at)
    .execute(conn)
    .await?;
    if done.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}

/// A customer's orders, newest first, those before `after`.
pub async fn list(
    pool: &PgPool,
    user: UserId,
    after: Option<OrderId>,
    limit: u32,
) -> Result<Vec<Order>, sqlx::Error> {
    let rows: Vec<OrderRow> = sqlx::query_as(
        "SELECT * FROM orders WHERE user_id = $1 AND ($2::uuid IS NULL OR order_id < $2) \
         ORDER BY order_id DESC LIMIT $3",
    )
    .bind(user.uuid())
    .bind(after.map(OrderId::uuid))
    .bind(i64::from(limit))
    .fetch_all(pool)
    .await?;
    let ids: Vec<Uuid> = rows.iter().map(OrderRow::id).collect();
    let mut lines: Vec<LineRow> =
        sqlx::query_as("SELECT * FROM order_lines WHERE order_id = ANY($1) ORDER BY order_id, position")
            .bind(ids)
            .fetch_all(pool)
            .await?;
    rows.into_iter()
        .map(|row| {
            let id = row.id();
            row.into_order(lines.extract_if(.., |line| line.order_id == id).collect())
        })
        .collect()
}
