//! Keeps the copy of the address that auth owns.

use warung_chassis::db::Tx;
use warung_contracts::event::EmailChanged;

use crate::store;

/// Copies it; false when there is no profile yet. A user who was erased stays so.
pub async fn run(tx: &mut Tx, event: &EmailChanged) -> Result<bool, sqlx::Error> {
    let now = tx.now();
    let copied = store::profiles::set_email(tx.conn(), event.user_id, &event.email, now).await?;
    Ok(copied || store::profiles::is_erased(tx.conn(), event.user_id).await?)
}
