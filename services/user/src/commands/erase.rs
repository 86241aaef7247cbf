//! Erases what is kept of somebody whose account is gone.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::store;

/// Erases profile and addresses, for good: the id is remembered, so that a late event brings nothing back. A profile that is
/// being made is waited for, and erased.
pub async fn run(tx: &mut Tx, user_id: UserId) -> Result<(), sqlx::Error> {
    let now = tx.now();
    store::profiles::lock_making(tx.conn(), user_id).await?;
    store::profiles::mark_erased(tx.conn(), user_id, now).await?;
    store::profiles::delete(tx.conn(), user_id).await
}
