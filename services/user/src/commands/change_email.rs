//! Keeps the copy of the address that auth owns.

use warung_chassis::db::Tx;
use warung_contracts::event::EmailChanged;

use crate::store;

/// Copies it, unless a newer one was heard; false when there is no profile yet. A user who was erased stays so.
pub async fn run(tx: &mut Tx, event: &EmailChanged) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    if store::profiles::lock(tx.conn(), event.user_id).await?.is_none() {
        return store::profiles::is_erased(tx.conn(), event.user_id).await;
    }
    store::profiles::set_email(tx.conn(), event, now).await?;
    Ok(true)
}
