//! Keeps the copy of what user says of an owner: emails address them by it.

use warung_chassis::db::Tx;
use warung_contracts::event::ProfileChanged;

use crate::store;

/// Copies name and language, unless newer ones were heard.
pub async fn run(tx: &mut Tx, event: ProfileChanged) -> Result<(), sqlx::Error> {
    store::users::set_profile(tx.conn(), &event).await
}
