//! Events in.

use warung_chassis::{
    db::Db,
    events::{Consumers, EventError},
};
use warung_contracts::event::{EmailChanged, UserDeleted, UserRegistered};

use crate::commands::{change_email, create_profile, erase};

/// What user does with events.
pub fn consumers(db: &Db) -> Consumers {
    Consumers::new()
        .on::<UserRegistered, _>(db, |tx, event| {
            Box::pin(async move { Ok(create_profile::run(tx, event).await?) })
        })
        .on::<EmailChanged, _>(db, |tx, event| {
            Box::pin(async move {
                match change_email::run(tx, &event).await? {
                    true => Ok(()),
                    false => Err(EventError::NotYet("the profile is not there yet".into())),
                }
            })
        })
        .on::<UserDeleted, _>(db, |tx, event| {
            Box::pin(async move { Ok(erase::run(tx, event.user_id).await?) })
        })
}
