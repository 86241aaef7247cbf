//! Table `stops`: orders whose parcels are held while somebody cancels them. Who changes a row and holds the shipment's too
//! took that one first.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::OrderId;

/// An order of which it is due to ask what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    pub order: OrderId,
    /// When it was stopped last.
    pub stopped_at: OffsetDateTime,
}

/// Holds the parcels of an order from `now` on; at `due_at` order is asked what became of it.
pub async fn insert(
    conn: &mut PgConnection,
    order: OrderId,
    now: OffsetDateTime,
    due_at: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO stops (order_id, stopped_at, due_at) VALUES ($1, $2, $3) \
         ON CONFLICT (order_id) DO UPDATE SET stopped_at = greatest(stops.stopped_at, excluded.stopped_at), \
         due_at = greatest(stops.due_at, excluded.due_at)",
    )
    .bind(order.uuid())
    .bind(now)
    .bind(due_at)
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether the parcels of an order are held.
pub async fn holds(conn: &mut PgConnection, order: OrderId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT EXISTS (SELECT FROM stops WHERE order_id = $1)")
        .bind(order.uuid())
        .fetch_one(conn)
        .await
}

/// Holds the parcels of an order no longer: not at all, or unless it was stopped again after this time.
pub async fn lift(
    conn: &mut PgConnection,
    order: OrderId,
    stopped_at: Option<OffsetDateTime>,
) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM stops WHERE order_id = $1 AND ($2::timestamptz IS NULL OR stopped_at = $2)")
        .bind(order.uuid())
        .bind(stopped_at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Claims orders that are due to be asked about; who gets no answer has them again at `again_at`.
pub async fn claim(
    pool: &PgPool,
    now: OffsetDateTime,
    again_at: OffsetDateTime,
    limit: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    let rows: Vec<(Uuid, OffsetDateTime)> = sqlx::query_as(
        "WITH due AS (SELECT order_id FROM stops WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
         UPDATE stops s SET due_at = $2 FROM due WHERE s.order_id = due.order_id RETURNING s.order_id, s.stopped_at",
    )
    .bind(now)
    .bind(again_at)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(order, stopped_at)| Due { order: OrderId(order), stopped_at }).collect())
}
