//! Checks of passwords and codes, slowed down for whoever guesses.
//!
//! ```text
//!  blocked? ──> 429, nothing is hashed
//!  line long? ──> 503
//!  count the try ──> blocked meanwhile? 429
//!  check ──> right: the caller takes the count back with what it does
//! ```
//!
//! A try is counted before it is checked and only when its turn to hash has come, so that of a thousand at once no more
//! are made than one after the other would be, and tries that were turned away count for nothing.

use secrecy::SecretString;
use time::Duration;

use crate::{
    State,
    commands::throttle::{self, Keys},
    passwords::{self, Turn},
};

/// Why nothing was checked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Too many were wrong lately.
    #[error("too many tries; wait {0}")]
    Slow(Duration),
    #[error("the password could not be checked")]
    Passwords(#[from] passwords::Error),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Whether the password is the one of this hash. Without a hash it takes as long and is never right. One that is right
/// stays counted until [`throttle::forgive`]; keep the turn until then.
///
/// # Errors
///
/// When it is too early, the line is long, or the store is away.
pub async fn password(
    state: &State,
    keys: &Keys,
    password: SecretString,
    stored: Option<String>,
) -> Result<(bool, Turn), Error> {
    if let Some(wait) = throttle::peek(state.db.pool(), keys, state.db.clock().now()).await? {
        return Err(Error::Slow(wait));
    }
    let turn = state.passwords.turn().await?;
    count(state, keys).await?;
    Ok((turn.verify(password, stored).await?, turn))
}

/// The hash of a new password, counted as a try for whoever may send as many as they like. It stays counted.
///
/// # Errors
///
/// When it is too early, the line is long, or the store is away.
pub async fn new_password(state: &State, keys: &Keys, password: SecretString) -> Result<String, Error> {
    if let Some(wait) = throttle::peek(state.db.pool(), keys, state.db.clock().now()).await? {
        return Err(Error::Slow(wait));
    }
    let place = state.passwords.place().await?;
    count(state, keys).await?;
    Ok(place.hash(password).await?)
}

/// Counts a try that needs no hashing, such as one at a code.
///
/// # Errors
///
/// When it is too early or the store is away.
pub async fn count(state: &State, keys: &Keys) -> Result<(), Error> {
    let mut tx = state.db.begin().await?;
    match throttle::admit(&mut tx, keys).await? {
        Ok(()) => Ok(tx.commit().await?),
        Err(wait) => {
            tx.rollback().await?;
            Err(Error::Slow(wait))
        }
    }
}
