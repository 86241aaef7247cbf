//! Reservations, and from where each order is served.

use sqlx::{PgConnection, PgPool, Row as _};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{LocationId, OrderId, ReturnId, VariantId};

use super::unreadable;
use crate::domain::{
    movement::{Parts, Wants},
    reservation::State,
};

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
    state.map(|state| state.parse().map_err(|_| unreadable("reservations", id, "state"))).transpose()
}

/// From where an order is served; without what came back from the customer and is on the shelf again.
pub async fn parts(conn: &mut PgConnection, id: OrderId) -> Result<Parts, sqlx::Error> {
    let rows = sqlx::query(
        "SELECT variant_id, location_id, quantity - restocked AS quantity FROM allocations \
         WHERE order_id = $1 AND quantity > restocked",
    )
    .bind(id.uuid())
    .fetch_all(conn)
    .await?;
    let key = |row: &sqlx::postgres::PgRow| {
        Ok::<_, sqlx::Error>((VariantId(row.try_get("variant_id")?), LocationId(row.try_get("location_id")?)))
    };
    rows.iter().map(|row| Ok((key(row)?, row.try_get("quantity")?))).collect()
}

/// What an order asked for.
pub fn wants(parts: &Parts) -> Wants {
    let mut wants = Wants::new();
    for ((variant, _), quantity) in parts {
        *wants.entry(*variant).or_default() += quantity;
    }
    wants
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

/// Holds what an order has set aside until then, where it does not longer.
pub async fn extend(
    conn: &mut PgConnection,
    id: OrderId,
    expires_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE reservations SET expires_at = $2, updated_at = $3 \
         WHERE order_id = $1 AND state = 'held' AND expires_at < $2",
    )
    .bind(id.uuid())
    .bind(expires_at)
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes from where an order is served.
pub async fn insert_parts(conn: &mut PgConnection, id: OrderId, parts: &Parts) -> Result<(), sqlx::Error> {
    let variants: Vec<Uuid> = parts.keys().map(|(variant, _)| variant.uuid()).collect();
    let locations: Vec<Uuid> = parts.keys().map(|(_, location)| location.uuid()).collect();
    let quantities: Vec<i64> = parts.values().copied().collect();
    sqlx::query(
        "INSERT INTO allocations (order_id, variant_id, location_id, quantity) SELECT $1, variant_id, location_id, quantity \
         FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS p (variant_id, location_id, quantity)",
    )
    .bind(id.uuid())
    .bind(variants)
    .bind(locations)
    .bind(quantities)
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets from where an order was to be served, before it is served from elsewhere.
pub async fn delete_parts(conn: &mut PgConnection, id: OrderId) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM allocations WHERE order_id = $1").bind(id.uuid()).execute(conn).await?;
    Ok(())
}

/// Notes that the goods of a return go back on the shelf; false when they did before.
pub async fn begin_restock(
    conn: &mut PgConnection,
    id: ReturnId,
    order: OrderId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query(
        "INSERT INTO restocks (return_id, order_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(id.uuid())
    .bind(order.uuid())
    .bind(now)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Writes what of an order is on the shelf again.
pub async fn note_restocked(conn: &mut PgConnection, id: OrderId, parts: &Parts) -> Result<(), sqlx::Error> {
    for ((variant, location), quantity) in parts {
        sqlx::query(
            "UPDATE allocations SET restocked = restocked + $4 \
             WHERE (order_id, variant_id, location_id) = ($1, $2, $3)",
        )
        .bind(id.uuid())
        .bind(variant.uuid())
        .bind(location.uuid())
        .bind(quantity)
        .execute(&mut *conn)
        .await?;
    }
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
