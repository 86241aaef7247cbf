//! Orders and their lines.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgPool, types::Json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, PaymentId, UserId};

use super::row::{LineRow, OrderRow, word};
use crate::domain::{Order, OrderDispute, State};

/// An order's columns and the rows of its lines, in one round trip.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT o.*, (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position) FROM order_lines l \
             WHERE l.order_id = o.order_id) AS lines FROM orders o ",
            $rest
        )
    };
}

fn into_order(row: Option<OrderRow>) -> Result<Option<Order>, sqlx::Error> {
    row.map(OrderRow::into_order).transpose()
}

/// The order, if there is one.
pub async fn find(conn: &mut PgConnection, id: OrderId) -> Result<Option<Order>, sqlx::Error> {
    let row = sqlx::query_as(select!("WHERE o.order_id = $1")).bind(id.uuid()).fetch_optional(conn).await?;
    into_order(row)
}

/// A guest's order by the number people read and the lower-cased address, if both are right.
pub async fn find_guests(
    conn: &mut PgConnection,
    number: &str,
    email: &str,
) -> Result<Option<Order>, sqlx::Error> {
    let query = select!("WHERE o.number = $1 AND o.email = $2 AND o.access_hash IS NOT NULL");
    into_order(sqlx::query_as(query).bind(number).bind(email).fetch_optional(conn).await?)
}

/// The order, if there is one; nobody else changes it until the transaction ends. What its lines say of returns may be
/// from before the lock: who decides by that reads them again with [`refresh_lines`].
pub async fn lock(conn: &mut PgConnection, id: OrderId) -> Result<Option<Order>, sqlx::Error> {
    let query = select!("WHERE o.order_id = $1 FOR UPDATE OF o");
    into_order(sqlx::query_as(query).bind(id.uuid()).fetch_optional(conn).await?)
}

/// These orders, but for those that there are not, as [`lock`] has one. Everybody locks in the order of ids.
pub async fn lock_all(
    conn: &mut PgConnection,
    ids: impl IntoIterator<Item = OrderId>,
) -> Result<BTreeMap<OrderId, Order>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(OrderId::uuid).collect();
    let query = select!("WHERE o.order_id = ANY($1) ORDER BY o.order_id FOR UPDATE OF o");
    by_id(sqlx::query_as(query).bind(ids).fetch_all(conn).await?)
}

/// These orders, but for those that there are not.
pub async fn find_all(
    conn: &mut PgConnection,
    ids: impl IntoIterator<Item = OrderId>,
) -> Result<BTreeMap<OrderId, Order>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.into_iter().map(OrderId::uuid).collect();
    by_id(sqlx::query_as(select!("WHERE o.order_id = ANY($1)")).bind(ids).fetch_all(conn).await?)
}

fn by_id(rows: Vec<OrderRow>) -> Result<BTreeMap<OrderId, Order>, sqlx::Error> {
    rows.into_iter().map(|row| row.into_order().map(|order| (order.id, order))).collect()
}

/// Reads the lines of a locked order as they are now.
pub async fn refresh_lines(conn: &mut PgConnection, order: &mut Order) -> Result<(), sqlx::Error> {
    let query = "SELECT to_jsonb(l) FROM order_lines l WHERE order_id = $1 ORDER BY position";
    let rows: Vec<Json<LineRow>> = sqlx::query_scalar(query).bind(order.id.uuid()).fetch_all(conn).await?;
    let currency = order.total().currency;
    order.lines = rows.into_iter().map(|Json(row)| row.into_line(currency)).collect();
    Ok(())
}

/// The unpaid orders whose deadline passed, with it, the oldest first, after one of them.
pub async fn overdue(
    pool: &PgPool,
    now: OffsetDateTime,
    after: Option<(OffsetDateTime, OrderId)>,
    limit: i64,
) -> Result<Vec<(OffsetDateTime, OrderId)>, sqlx::Error> {
    let rows: Vec<(OffsetDateTime, Uuid)> = sqlx::query_as(
        "SELECT deadline_at, order_id FROM orders WHERE state IN ('placed', 'awaiting_payment') AND deadline_at <= $1 \
         AND ($2::timestamptz IS NULL OR (deadline_at, order_id) > ($2, $3)) ORDER BY deadline_at, order_id LIMIT $4",
    )
    .bind(now)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, id)| id.uuid()))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(at, id)| (at, OrderId(id))).collect())
}

/// One of them, locked; none when it is paid or ended meanwhile, or somebody else holds it.
pub async fn lock_overdue(
    conn: &mut PgConnection,
    id: OrderId,
    now: OffsetDateTime,
) -> Result<Option<Order>, sqlx::Error> {
    let query = select!(
        "WHERE o.order_id = $2 AND o.state IN ('placed', 'awaiting_payment') AND o.deadline_at <= $1 \
         FOR UPDATE OF o SKIP LOCKED"
    );
    into_order(sqlx::query_as(query).bind(now).bind(id.0).fetch_optional(conn).await?)
}

/// Since when the order waits for its parcel that does so for longest; none when none waits.
pub async fn longest_waiting(pool: &PgPool) -> Result<Option<OffsetDateTime>, sqlx::Error> {
    sqlx::query_scalar("SELECT min(waiting_since) FROM orders WHERE waiting_since IS NOT NULL")
        .fetch_one(pool)
        .await
}

/// A customer's orders, in a state or all of them, newest first, those before `after`.
pub async fn list(
    pool: &PgPool,
    user: UserId,
    state: Option<State>,
    after: Option<OrderId>,
    limit: u32,
) -> Result<Vec<Order>, sqlx::Error> {
    let query = select!(
        "WHERE o.user_id = $1 AND ($2::uuid IS NULL OR o.order_id < $2) AND ($4::text IS NULL OR o.state = $4) \
         ORDER BY o.order_id DESC LIMIT $3"
    );
    let rows: Vec<OrderRow> = sqlx::query_as(query)
        .bind(user.uuid())
        .bind(after.map(OrderId::uuid))
        .bind(i64::from(limit))
        .bind(state.map(State::as_str))
        .fetch_all(pool)
        .await?;
    rows.into_iter().map(OrderRow::into_order).collect()
}

/// Saves what may change of orders: everything but their lines, amounts, customer and address, and how they were to be paid at checkout. The caller holds them.
pub async fn save(conn: &mut PgConnection, orders: &[&Order]) -> Result<(), sqlx::Error> {
    if orders.is_empty() {
        return Ok(());
    }
    let reason = |order: &&Order| order.cancel_reason.as_ref().map(word).transpose();
    let served_from =
        |order: &&Order| Some(Json(order.served_from.clone())).filter(|parts| !parts.is_empty());
    let done = sqlx::query(
        "UPDATE orders o SET state = n.state, paid_minor = n.paid, refunded_minor = n.refunded, \
         next_action = n.next_action, carrier = n.carrier, tracking_number = n.tracking_number, \
         cancel_reason = n.cancel_reason, deadline_at = n.deadline_at, completed_at = n.completed_at, \
         updated_at = n.updated_at, payment_provider = n.provider, payment_attempt = n.attempt, \
         payment_failure = n.failure, payment_retry_until = n.retry_until, payment_id = n.paid_by, \
         served_from = n.served_from \
         FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::jsonb[], $6::text[], $7::text[], \
         $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::int[], $14::text[], \
         $15::timestamptz[], $16::uuid[], $17::jsonb[]) AS n (order_id, state, paid, refunded, next_action, carrier, \
         tracking_number, cancel_reason, deadline_at, completed_at, updated_at, provider, attempt, failure, \
         retry_until, paid_by, served_from) WHERE o.order_id = n.order_id",
    )
    .bind(orders.iter().map(|order| order.id.uuid()).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.state.as_str()).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.paid.map(|paid| paid.amount_minor)).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.refunded.amount_minor).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.next_action.as_ref().map(Json)).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.carrier.as_deref()).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.tracking_number.as_deref()).collect::<Vec<_>>())
    .bind(orders.iter().map(reason).collect::<Result<Vec<_>, _>>()?)
    .bind(orders.iter().map(|order| order.deadline_at).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.completed_at).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.updated_at).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.payment.provider.as_str()).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| count(order.tries.latest)).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.tries.failure.as_deref()).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.tries.retry_until).collect::<Vec<_>>())
    .bind(orders.iter().map(|order| order.tries.paid_by.map(PaymentId::uuid)).collect::<Vec<_>>())
    .bind(orders.iter().map(served_from).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    if usize::try_from(done.rows_affected()) == Ok(orders.len()) {
        Ok(())
    } else {
        Err(sqlx::Error::RowNotFound)
    }
}

/// Notes how the disputes of an order's payment stand; the caller holds the order.
pub async fn dispute(
    conn: &mut PgConnection,
    id: OrderId,
    dispute: OrderDispute,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE orders SET dispute = $2, updated_at = $3 WHERE order_id = $1")
        .bind(id.uuid())
        .bind(dispute.as_str())
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes which payments of an order wait for an administrator; the caller holds the order.
pub async fn payments_held(
    conn: &mut PgConnection,
    order: &Order,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query("UPDATE orders SET held = $2, updated_at = $3 WHERE order_id = $1")
        .bind(order.id.uuid())
        .bind(Some(Json(&order.held)).filter(|held| !held.is_empty()))
        .bind(now)
        .execute(conn)
        .await?;
    Ok(())
}

fn count(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Saves what returns and refunds changed of an order's lines; the caller holds the order.
pub async fn update_lines(conn: &mut PgConnection, order: &Order) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE order_lines l SET returning_items = n.returning_items, refunded_items = n.refunded_items, \
         refunded_minor = n.refunded_minor FROM unnest($2::int[], $3::int[], $4::bigint[]) \
         WITH ORDINALITY AS n (returning_items, refunded_items, refunded_minor, place) \
         WHERE l.order_id = $1 AND l.position = n.place - 1",
    )
    .bind(order.id.uuid())
    .bind(order.lines.iter().map(|line| count(line.returning)).collect::<Vec<_>>())
    .bind(order.lines.iter().map(|line| count(line.refunded_items)).collect::<Vec<_>>())
    .bind(order.lines.iter().map(|line| line.refunded).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}
