//! Sends another link to an address that is not yet shown to be its owner's.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use super::send_link;
use crate::{domain::link::Purpose, store, vault::Vault};

/// Why no link was sent.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The account is gone.
    #[error("there is no such account")]
    NoAccount,
    #[error("the address is verified already")]
    Verified,
    /// The account got as many as anybody gets in a while.
    #[error("too many links were sent lately")]
    TooMany,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Sends it.
pub async fn run(tx: &mut Tx, vault: &Vault, user_id: UserId) -> Result<(), Error> {
    let account = store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoAccount)?;
    if account.email_verified_at.is_some() {
        return Err(Error::Verified);
    }
    match send_link::run(tx, vault, &account, Purpose::VerifyEmail, &account.user.email).await? {
        true => Ok(()),
        false => Err(Error::TooMany),
    }
}
