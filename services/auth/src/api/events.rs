//! Events in.

use warung_chassis::{db::Db, events::Consumers};
use warung_contracts::event::ProfileChanged;

use crate::commands::follow_profile;

/// What auth does with events.
pub fn consumers(db: &Db) -> Consumers {
    Consumers::new().on::<ProfileChanged, _>(db, |tx, event| {
        Box::pin(async move { Ok(follow_profile::run(tx, event).await?) })
    })
}
