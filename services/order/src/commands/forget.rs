//! Somebody who ordered as a guest asks to be forgotten.

use serde_json::json;
use warung_chassis::db::Tx;
use warung_contracts::{
    event::GuestForgotten,
    id::{OrderId, UserId},
};

use super::claim;
use crate::store::{
    changes::{self, Subject},
    erase, orders,
};

/// Erases what is personal of a guest's order, of an open one at its end, as of an account that is deleted; `author` had it
/// done. Whether it still was a guest's.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, (id, guest): (OrderId, UserId), author: UserId) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    erase::remember(tx.conn(), guest, now).await?;
    let order = orders::find(tx.conn(), id).await?;
    let Some(order) = order.filter(|order| order.user_id == guest && !order.forget) else {
        return Ok(false);
    };
    erase::person(tx.conn(), guest).await?;
    claim::forget_answers(tx, order.guest_hashes()).await?;
    let erased = json!({"erased": true});
    changes::insert(tx, author, (Subject::Guest, id.uuid()), (None::<()>, Some(erased))).await?;
    tx.emit(&GuestForgotten { order_id: id, user_id: guest }).await?;
    Ok(true)
}
