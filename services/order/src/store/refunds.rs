//! Money that payment is asked to give back.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, RefundId, ReturnId};

use crate::domain::returns::Refund;

/// Writes a new refund.
pub async fn insert(
    conn: &mut PgConnection,
    order: OrderId,
    of: ReturnId,
    refund: Refund,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO refunds (refund_id, order_id, return_id, amount_minor, state, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, 'requested', $5, $5)",
    )
    .bind(refund.id.uuid())
    .bind(order.uuid())
    .bind(of.uuid())
    .bind(refund.amount.amount_minor)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Minor units of an order that payment was asked for and has not answered about; the caller holds the order.
pub async fn on_their_way(conn: &mut PgConnection, order: OrderId) -> Result<i64, sqlx::Error> {
    let query = "SELECT coalesce(sum(amount_minor), 0)::bigint FROM refunds WHERE order_id = $1 AND state = 'requested'";
    sqlx::query_scalar(query).bind(order.uuid()).fetch_one(conn).await
}

/// Notes that a refund ended; its return, when it had not ended before.
pub async fn end(
    conn: &mut PgConnection,
    order: OrderId,
    id: RefundId,
    done: bool,
    now: OffsetDateTime,
) -> Result<Option<ReturnId>, sqlx::Error> {
    let of: Option<Uuid> = sqlx::query_scalar(
        "UPDATE refunds SET state = $3, updated_at = $4 WHERE refund_id = $1 AND order_id = $2 \
         AND state = 'requested' RETURNING return_id",
    )
    .bind(id.uuid())
    .bind(order.uuid())
    .bind(if done { "done" } else { "failed" })
    .bind(now)
    .fetch_optional(conn)
    .await?;
    Ok(of.map(ReturnId))
}
