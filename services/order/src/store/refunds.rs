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

/// Refunds of a return that payment could not make.
pub async fn failed(conn: &mut PgConnection, of: ReturnId) -> Result<Vec<RefundId>, sqlx::Error> {
    let ids: Vec<Uuid> =
        sqlx::query_scalar("SELECT refund_id FROM refunds WHERE return_id = $1 AND state = 'failed'")
            .bind(of.uuid())
            .fetch_all(conn)
            .await?;
    Ok(ids.into_iter().map(RefundId).collect())
}

/// A refund that ended.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    pub of: ReturnId,
    /// Whether it had failed before.
    pub late: bool,
}

/// Notes that a refund ended, or why it failed; none when it had ended before. What failed can still be done, and not the
/// other way round.
pub async fn end(
    conn: &mut PgConnection,
    order: OrderId,
    id: RefundId,
    failure: Option<&str>,
    now: OffsetDateTime,
) -> Result<Option<Ended>, sqlx::Error> {
    let ended: Option<(Uuid, bool)> = sqlx::query_as(
        "UPDATE refunds r SET state = $3, updated_at = $4, failure = $5 \
         FROM (SELECT refund_id, state FROM refunds WHERE refund_id = $1 AND order_id = $2 FOR UPDATE) was \
         WHERE r.refund_id = was.refund_id AND (was.state = 'requested' OR (was.state = 'failed' AND $3 = 'done')) \
         RETURNING r.return_id, was.state = 'failed'",
    )
    .bind(id.uuid())
    .bind(order.uuid())
    .bind(if failure.is_none() { "done" } else { "failed" })
    .bind(now)
    .bind(failure)
    .fetch_optional(conn)
    .await?;
    Ok(ended.map(|(of, late)| Ended { of: ReturnId(of), late }))
}
