//! Makes the profile of somebody who registered.

use warung_chassis::db::Tx;
use warung_contracts::event::UserRegistered;

use crate::{domain::profile::Profile, store};

/// Makes it; a profile that is there stays as its owner wrote it.
pub async fn run(tx: &mut Tx, event: UserRegistered) -> Result<(), sqlx::Error> {
    let UserRegistered { user_id, email, name, locale } = event;
    let created_at = tx.now();
    let profile = Profile { user_id, email, name, locale, phone: None, version: 1, created_at };
    store::profiles::insert(tx.conn(), &profile).await
}
