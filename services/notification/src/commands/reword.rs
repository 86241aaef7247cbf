//! Somebody of the shop says a message in other words, or in the built-in ones again.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{
    domain::{template::Kind, wording::Wording},
    store::wordings::{self, Version},
};

/// Why the words stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else changed them meanwhile.
    #[error("another version was written meanwhile")]
    Changed,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Writes the next version, if `expected` is the newest one so far; 0 is before the first. Events that come from now on
/// are told in it; messages that are written already stay.
pub async fn run(
    tx: &mut Tx,
    kind: Kind<'_>,
    expected: i64,
    wording: Option<Wording>,
    edited_by: UserId,
) -> Result<Version, Error> {
    let version = Version { number: expected + 1, wording, edited_by, edited_at: tx.now() };
    match wordings::insert(tx.conn(), kind, &version).await? {
        true => Ok(version),
        false => Err(Error::Changed),
    }
}
