//! Staff write something down about an order.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, UserId};

use super::returns;
use crate::{
    domain::Actor,
    store::{orders, timeline::Kind},
};

/// Adds a note; false when there is no such order.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, order: OrderId, by: (Actor, UserId), text: &str) -> Result<bool, sqlx::Error> {
    if orders::lock(tx.conn(), order).await?.is_none() {
        return Ok(false);
    }
    returns::note(tx, order, (Kind::Note, by.0, Some(by.1)), text).await?;
    Ok(true)
}
