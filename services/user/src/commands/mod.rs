//! What user does: one write use case a file.

pub mod add_address;
pub mod change_address;
pub mod change_email;
pub mod change_profile;
pub mod create_profile;
pub mod erase;
pub mod remove_address;

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{domain::profile::Profile, store};

/// Why a write was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registration event has not arrived yet.
    #[error("the profile is not there yet")]
    NoProfile,
    /// The account was deleted.
    #[error("the profile was erased")]
    Erased,
    /// No such address, or not the caller's.
    #[error("there is no such address")]
    NoAddress,
    /// The user has as many addresses as anybody may.
    #[error("there are too many addresses")]
    TooMany,
    /// The caller's version is not the current one.
    #[error("the version is not the current one")]
    Stale,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// A user's profile, held until the end of the transaction.
async fn hold(tx: &mut Tx, user_id: UserId) -> Result<Profile, Error> {
    match store::profiles::lock(tx.conn(), user_id).await? {
        Some(profile) => Ok(profile),
        None if store::profiles::is_erased(tx.conn(), user_id).await? => Err(Error::Erased),
        None => Err(Error::NoProfile),
    }
}
