//! The history of an order: append only.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::OrderId;

use crate::domain::{Actor, State};

/// One transition.
#[derive(Debug, Clone, FromRow)]
pub struct Entry {
    pub from_state: Option<String>,
    pub to_state: String,
    pub actor: String,
    pub reason: String,
    pub event_id: Option<Uuid>,
    pub at: OffsetDateTime,
}

/// What a new row says.
#[derive(Debug)]
pub struct New<'a> {
    pub from: Option<State>,
    pub to: State,
    pub actor: Actor,
    pub reason: &'a str,
    /// The event that caused it.
    pub event_id: Option<Uuid>,
    pub at: OffsetDateTime,
}

/// Adds a row; the caller holds the order.
pub async fn insert(conn: &mut PgConnection, id: OrderId, new: New<'_>) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO order_history (order_id, position, from_state, to_state, actor, reason, event_id, at) \
         SELECT $1, count(*), $2, $3, $4, $5, $6, $7 FROM order_history WHERE order_id = $1",
    )
    .bind(id.uuid())
    .bind(new.from.map(State::as_str))
    .bind(new.to.as_str())
    .bind(new.actor.as_str())
    .bind(new.reason)
    .bind(new.event_id)
    .bind(new.at)
    .execute(conn)
    .await?;
    Ok(())
}

/// The rows of an order, oldest first.
pub async fn list(conn: &mut PgConnection, id: OrderId) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as(
        "SELECT from_state, to_state, actor, reason, event_id, at FROM order_history \
         WHERE order_id = $1 ORDER BY position",
    )
    .bind(id.uuid())
    .fetch_all(conn)
    .await
}
