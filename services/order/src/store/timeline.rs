//! What happened around an order beside its transitions.

use sqlx::{FromRow, PgConnection};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::grpc::history::ROWS_MAX;
use warung_contracts::{
    history::ENTRIES_MAX,
    id::{OrderId, UserId},
};

use crate::domain::{
    Actor,
    story::{Line, OWN, Part},
};

/// What an entry is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An event of another service that moved the order to no other state.
    Heard,
    Note,
    Return,
    Refund,
    /// A guest's order became an account's.
    Claimed,
    /// Where it goes was corrected, or could not be any more.
    Address,
}

warung_contracts::words!(
    Kind,
    "kind of an entry",
    Heard = "heard",
    Note = "note",
    Return = "return",
    Refund = "refund",
    Claimed = "claimed",
    Address = "address",
);

/// A new entry.
#[derive(Debug)]
pub struct New {
    pub entry_id: Uuid,
    pub order_id: OrderId,
    pub kind: Kind,
    pub actor: Actor,
    pub author: Option<UserId>,
    pub text: String,
    pub event_id: Option<Uuid>,
    pub at: OffsetDateTime,
}

/// An entry, or a transition.
#[derive(Debug, FromRow)]
struct Row {
    kind: String,
    from_state: Option<String>,
    to_state: Option<String>,
    actor: String,
    author: Option<Uuid>,
    text: String,
    event_id: Option<Uuid>,
    at: OffsetDateTime,
}

impl From<Row> for Line {
    fn from(row: Row) -> Self {
        let Row { kind, from_state: from, to_state: to, actor, author, text, event_id, at } = row;
        let (service, author) = (OWN.to_owned(), author.map(UserId));
        Self { service, at, kind, from, to, actor, author, text, event_id, details: None }
    }
}

/// Adds entries.
pub async fn insert(conn: &mut PgConnection, new: &[New]) -> Result<(), sqlx::Error> {
    if new.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO order_timeline (entry_id, order_id, kind, actor, author, text, event_id, at) \
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::uuid[], \
         $8::timestamptz[])",
    )
    .bind(new.iter().map(|new| new.entry_id).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.order_id.uuid()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.kind.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.actor.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.author.map(UserId::uuid)).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.text.as_str()).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.event_id).collect::<Vec<_>>())
    .bind(new.iter().map(|new| new.at).collect::<Vec<_>>())
    .execute(conn)
    .await?;
    Ok(())
}

/// What order itself keeps of what happened to an order, transitions included, oldest first: the newest, as many as any
/// other service tells.
pub async fn list(conn: &mut PgConnection, order: OrderId) -> Result<Part<Line>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT kind, from_state, to_state, actor, author, text, event_id, at FROM (\
         SELECT 'transition' AS kind, from_state, to_state, actor, author, reason AS text, event_id, at, \
         position, NULL::uuid AS entry_id FROM order_history WHERE order_id = $1 \
         UNION ALL SELECT kind, NULL, NULL, actor, author, text, event_id, at, NULL, entry_id \
         FROM order_timeline WHERE order_id = $1) entries \
         ORDER BY at DESC, position DESC NULLS FIRST, entry_id DESC LIMIT $2",
    )
    .bind(order.uuid())
    .bind(ROWS_MAX)
    .fetch_all(conn)
    .await?;
    let more = rows.len() > ENTRIES_MAX;
    let lines = rows.into_iter().take(ENTRIES_MAX).map(Line::from).rev().collect();
    Ok(Part { lines, more })
}
