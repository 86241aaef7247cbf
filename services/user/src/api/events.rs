//! Events in.

use warung_chassis::{db::Db, events::Consumers};
use warung_contracts::event::UserRegistered;

use crate::commands::create_profile;

/// What user does with events.
pub fn consumers(db: &Db) -> Consumers {
    Consumers::new().on::<UserRegistered, _>(db, |tx, event| {
        Box::pin(async move { Ok(create_profile::run(tx, event).await?) })
    })
}
