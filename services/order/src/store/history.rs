//! The history of an order: append only.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::id::{OrderId, UserId};

use crate::domain::{Actor, State};

/// One transition.
#[derive(Debug, Clone, FromRow)]
pub struct Entry {
    pub from_state: Option<String>,
    pub to_state: String,
    pub actor: String,
    pub author: Option<Uuid>,
    pub reason: String,
    pub event_id: Option<Uuid>,
    pub at: OffsetDateTime,
}

/// A transition to be kept.
#[derive(Debug)]
pub struct New {
    pub order_id: OrderId,
    pub from: State,
    pub to: State,
    pub actor: Actor,
    /// The account of the person who did it.
    pub author: Option<UserId>,
    /// In a few words.
    pub reason: String,
    /// The event that caused it.
    pub event_id: Option<Uuid>,
    pub at: OffsetDateTime,
}

/// Adds transitions of orders that the caller holds, each order's in their order.
pub async fn insert(conn: &mut PgConnection, new: &[New]) -> Result<(), sqlx::Error> {
    if new.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO order_history (order_id, position, from_state, to_state, actor, author, reason, event_id, at) \
         SELECT n.order_id, (SELECT count(*) FROM order_history h WHERE h.order_id = n.order_id) \
         + row_number() OVER (PARTITION BY n.order_id ORDER BY n.place) - 1, \
         n.from_state, n.to_state, n.actor, n.author, n.reason, n.event_id, n.at \
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], \
         $8::timestamptz[]) WITH ORDINALITY \
         AS n (order_id, from_state, to_state, actor, author, reason, event_id, at, place)",
    )
    .bind(new.iter().map(|new| new.order_id.uuid()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.from.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.to.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.actor.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.author.map(UserId::uuid)).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.reason.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.event_id).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// The rows of an order, oldest first.
pub async fn list(conn: &mut PgConnection, id: OrderId) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as(
        "SELECT from_state, to_state, actor, author, reason, event_id, at FROM order_history \
         WHERE order_id = $1 ORDER BY position",
    )
    .bind(id.uuid())
    .fetch_all(conn)
    .await
}
