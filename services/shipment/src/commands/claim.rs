//! A guest's order became an account's, and so does what it ships.

use warung_chassis::db::Tx;
use warung_contracts::event::OrderClaimed;

use crate::store::{claims, shipments};

/// Hands over what an order ships, also what is packed only later. Of an account that is gone by now the address goes, once
/// no parcel needs it any more.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, event: &OrderClaimed) -> Result<(), sqlx::Error> {
    let now = tx.now();
    claims::hand_over(tx.conn(), event.order_id, event.user_id).await?;
    if claims::is_erased(tx.conn(), event.user_id).await? {
        let ended = shipments::erase_from(tx.conn(), event.user_id, now).await?;
        shipments::erase_ended(tx.conn(), &ended).await?;
    }
    Ok(())
}
