//! Makes the profile of somebody who registered.

use warung_chassis::db::Tx;
use warung_contracts::event::UserRegistered;

use crate::{domain::profile::Profile, store};

/// Makes it; a profile that is there stays as its owner wrote it, and one that was erased stays away.
pub async fn run(tx: &mut Tx, event: UserRegistered) -> Result<(), sqlx::Error> {
    let UserRegistered { user_id, email, name, locale } = event;
    store::profiles::lock_making(tx.conn(), user_id).await?;
    if store::profiles::is_erased(tx.conn(), user_id).await? {
        return Ok(());
    }
    let created_at = tx.now();
    let profile = Profile { user_id, email, name, locale, phone: None, version: 1, created_at };
    store::profiles::insert(tx.conn(), &profile).await
}
