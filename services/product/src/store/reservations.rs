//! Reservations, and from where each order is served.

use std::collections::BTreeMap;

use sqlx::{PgConnection, PgPool, Row as _};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{LocationId, OrderId, ReturnId, VariantId};

use super::unreadable;
use crate::domain::{desk::Standing, movement::Parts, reservation::State};

/// Holds everything about these orders until the transaction ends, also where there is no row yet. Everybody locks in the
/// order of ids.
pub async fn lock(
    conn: &mut PgConnection,
    orders: impl IntoIterator<Item = OrderId>,
) -> Result<(), sqlx::Error> {
    let mut ids: Vec<String> = orders.into_iter().map(|id| id.to_string()).collect();
    ids.sort();
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended(id, 11)) FROM unnest($1::text[]) AS id")
        .bind(ids)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether the goods of an order that the unit of work holds are held for longer than they may be.
pub async fn is_overdue(
    conn: &mut PgConnection,
    id: OrderId,
    now: OffsetDateTime,
) -> Result<bool, sqlx::Error> {
    let query = "SELECT EXISTS (SELECT FROM reservations WHERE order_id = $1 AND state = 'held' AND expires_at <= $2)";
    sqlx::query_scalar(query).bind(id.uuid()).bind(now).fetch_one(conn).await
}

/// How these orders stand; what was never heard of is left out.
pub async fn standings(
    conn: &mut PgConnection,
    orders: impl IntoIterator<Item = OrderId>,
) -> Result<BTreeMap<OrderId, Standing>, sqlx::Error> {
    let ids: Vec<Uuid> = orders.into_iter().map(OrderId::uuid).collect();
    let rows = sqlx::query(
        "SELECT r.order_id, r.state, a.variant_id, a.location_id, a.quantity - a.restocked AS quantity FROM reservations r \
         LEFT JOIN allocations a ON a.order_id = r.order_id AND a.quantity > a.restocked WHERE r.order_id = ANY($1)",
    )
    .bind(ids)
    .fetch_all(conn)
    .await?;
    let mut standings = BTreeMap::<OrderId, Standing>::new();
    for row in rows {
        let id = OrderId(row.try_get("order_id")?);
        let state: &str = row.try_get("state")?;
        let state = state.parse().map_err(|_| unreadable("reservations", id, "state"))?;
        let standing = standings.entry(id).or_default();
        standing.state = Some(state);
        if let Some(variant) = row.try_get("variant_id")? {
            let at = (VariantId(variant), LocationId(row.try_get("location_id")?));
            standing.parts.insert(at, row.try_get("quantity")?);
        }
    }
    Ok(standings)
}

/// Writes how far reservations are; those that are held expire at `expires_at`.
pub async fn put(
    conn: &mut PgConnection,
    states: &[(OrderId, State)],
    expires_at: OffsetDateTime,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO reservations (order_id, state, expires_at, created_at, updated_at) \
         SELECT order_id, state, CASE WHEN state = 'held' THEN $3 END, $4, $4 \
         FROM unnest($1::uuid[], $2::text[]) AS r (order_id, state) \
         ON CONFLICT (order_id) DO UPDATE SET state = excluded.state, expires_at = excluded.expires_at, updated_at = $4",
    )
    .bind(states.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>())
    .bind(states.iter().map(|(_, state)| state.as_str()).collect::<Vec<_>>())
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

/// Writes from where orders are served.
pub async fn insert_parts(conn: &mut PgConnection, orders: &[(OrderId, &Parts)]) -> Result<(), sqlx::Error> {
    let lines =
        orders.iter().flat_map(|(id, parts)| parts.iter().map(|(at, quantity)| (*id, *at, *quantity)));
    let lines: Vec<_> = lines.collect();
    sqlx::query(
        "INSERT INTO allocations (order_id, variant_id, location_id, quantity) \
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[])",
    )
    .bind(lines.iter().map(|(id, ..)| id.uuid()).collect::<Vec<_>>())
    .bind(lines.iter().map(|(_, (variant, _), _)| variant.uuid()).collect::<Vec<_>>())
    .bind(lines.iter().map(|(_, (_, location), _)| location.uuid()).collect::<Vec<_>>())
    .bind(lines.iter().map(|(.., quantity)| *quantity).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets from where these orders were to be served, before they are served from elsewhere.
pub async fn delete_parts(conn: &mut PgConnection, orders: &[OrderId]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    sqlx::query("DELETE FROM allocations WHERE order_id = ANY($1)").bind(ids).execute(conn).await?;
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

/// A place among what is held, by when that ends.
pub type Ending = (OffsetDateTime, OrderId);

/// Orders whose items were held for too long, the oldest first, after one of them.
pub async fn overdue(
    pool: &PgPool,
    now: OffsetDateTime,
    after: Option<Ending>,
    limit: i64,
) -> Result<Vec<Ending>, sqlx::Error> {
    let rows: Vec<(OffsetDateTime, Uuid)> = sqlx::query_as(
        "SELECT expires_at, order_id FROM reservations WHERE state = 'held' AND expires_at <= $1 \
         AND ($2::timestamptz IS NULL OR (expires_at, order_id) > ($2, $3)) ORDER BY expires_at, order_id LIMIT $4",
    )
    .bind(now)
    .bind(after.map(|(at, _)| at))
    .bind(after.map(|(_, id)| id.uuid()))
    .bind(limit)
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(|(at, id)| (at, OrderId(id))).collect())
}
