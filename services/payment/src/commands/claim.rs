//! A guest's order became an account's, and so does its payment.

use warung_chassis::db::Tx;
use warung_contracts::event::OrderClaimed;

use super::forget;
use crate::store::claims;

/// Hands the payment of an order over, also one that is opened only later. Of an account that is gone by now nothing
/// personal is kept.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, event: &OrderClaimed) -> Result<(), sqlx::Error> {
    claims::hand_over(tx.conn(), event.order_id, event.user_id).await?;
    match claims::is_erased(tx.conn(), event.user_id).await? {
        true => forget::payments(tx, event.user_id).await,
        false => Ok(()),
    }
}
