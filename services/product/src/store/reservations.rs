//! Reservations and their lines.

use sqlx::{PgConnection, PgPool, Row as _};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, ProductId};

use super::unreadable;
use crate::domain::{movement::Lines, reservation::State};

/// Holds everything about an order until the transaction ends, also when there is no row of it yet.
pub async fn lock_order(conn: &mut PgConnection, id: OrderId) -> Result<(), sqlx::Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1, 11))")
        .bind(id.to_string())
        .execute(conn)
        .await?;
    Ok(())
}

/// How far the reservation of an order is, if the order was ever heard of.
pub async fn find(conn: &mut PgConnection, id: OrderId) -> Result<Option<State>, sqlx::Error> {
    let state: Option<String> = sqlx::query_scalar("SELECT state FROM reservations WHERE order_id = $1")
        .bind(id.uuid())
        .fetch_optional(conn)
        .await?;
    state.map(|state| State::of(&state).ok_or_else(|| unreadable("reservations", id, "state"))).transpose()
}

/// What an order asked for.
pub async fn lines(conn: &mut PgConnection, id: OrderId) -> Result<Lines, sqlx::Error> {
    let rows = sqlx::query("SELECT product_id, quantity FROM reservation_lines WHERE order_id = $1")
        .bind(id.uuid())
        .fetch_all(conn)
        .await?;
    rows.iter().map(|row| Ok((ProductId(row.try_get("product_id")?), row.try_get("quantity")?))).collect()
}

/// Writes how far a reservation is; `expires_at` for held ones alone.
pub async fn put(
    conn: &mut PgConnection,
    id: OrderId,
    state: State,
    expires_at: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO reservations (order_id, state, expires_at, created_at, updated_at) VALUES ($1, $2, $3, $4, $4) \
         ON CONFLICT (order_id) DO UPDATE SET state = $2, expires_at = $3, updated_at = $4",
    )
    .bind(id.uuid())
    .bind(state.as_str())
    .bind(expires_at)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes what an order asked for.
pub async fn insert_lines(conn: &mut PgConnection, id: OrderId, lines: &Lines) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = lines.keys().map(|id| id.uuid()).collect();
    let quantities: Vec<i64> = lines.values().copied().collect();
    sqlx::query(
        "INSERT INTO reservation_lines (order_id, product_id, quantity) \
         SELECT $1, product_id, quantity FROM unnest($2::uuid[], $3::bigint[]) AS l (product_id, quantity)",
    )
    .bind(id.uuid())
    .bind(ids)
    .bind(quantities)
    .execute(conn)
    .await?;
    Ok(())
}

/// Orders whose items were held for too long, the oldest first.
pub async fn overdue(pool: &PgPool, now: OffsetDateTime, limit: i64) -> Result<Vec<OrderId>, sqlx::Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT order_id FROM reservations WHERE state = 'held' AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
    )
    .bind(now)
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(ids.into_iter().map(OrderId).collect())
}
