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

/// A transition to be kept; its new state and time are the order's.
#[derive(Debug)]
pub struct New<'a> {
    pub from: State,
    pub actor: Actor,
    /// In a few words.
    pub reason: &'a str,
    /// The event that caused it.
    pub event_id: Option<Uuid>,
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
