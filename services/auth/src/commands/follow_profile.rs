//! Keeps the copy of what user says of an owner: emails address them by it.

use warung_chassis::db::Tx;
use warung_contracts::event::ProfileChanged;

use crate::store;

/// Copies name and language.
pub async fn run(tx: &mut Tx, event: ProfileChanged) -> Result<(), sqlx::Error> {
    let ProfileChanged { user_id, name, locale, phone: _ } = event;
    store::users::set_profile(tx.conn(), user_id, &name, &locale).await
}
