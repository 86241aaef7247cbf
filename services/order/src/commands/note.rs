//! Staff write something down about an order.

use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, UserId};

use crate::{
    domain::Actor,
    store::{
        orders,
        timeline::{self, Kind, New},
    },
};

/// A note that was written.
#[derive(Debug)]
pub struct Written {
    pub id: Uuid,
    /// As what, and who.
    pub by: (Actor, UserId),
    pub text: String,
    pub at: OffsetDateTime,
}

/// Adds a note; none when there is no such order.
///
/// # Errors
///
/// When the store is away.
pub async fn run(
    tx: &mut Tx,
    order_id: OrderId,
    by: (Actor, UserId),
    text: &str,
) -> Result<Option<Written>, sqlx::Error> {
    if orders::lock(tx.conn(), order_id).await?.is_none() {
        return Ok(None);
    }
    let written = Written { id: tx.new_uuid(), by, text: text.to_owned(), at: tx.now() };
    let entry = New {
        entry_id: written.id,
        order_id,
        kind: Kind::Note,
        actor: by.0,
        author: Some(by.1),
        text: written.text.clone(),
        event_id: tx.cause(),
        at: written.at,
    };
    timeline::insert(tx.conn(), &[entry]).await?;
    Ok(Some(written))
}
