//! What user does: one write use case a file.

pub mod add_address;
pub mod change_address;
pub mod change_email;
pub mod change_profile;
pub mod create_profile;
pub mod erase;
pub mod remove_address;

/// Why a write was not done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registration event has not arrived yet.
    #[error("the profile is not there yet")]
    NoProfile,
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
