//! Makes a secret for a second factor, which asks for nothing until its owner has confirmed it.

use warung_chassis::db::Tx;

use crate::{
    domain::{totp::SECRET_LENGTH, user::Account},
    store,
    vault::Vault,
};

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the account has a second factor already")]
    Enabled,
    /// Whoever registered it may not be whose address it is, and would keep them out.
    #[error("the account's address is not verified")]
    Unverified,
    #[error("the secret could not be sealed")]
    Sealing(#[source] anyhow::Error),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Makes one, in place of one that was never confirmed. The caller holds the account.
pub async fn run(tx: &mut Tx, vault: &Vault, account: &Account) -> Result<[u8; SECRET_LENGTH], Error> {
    let user_id = account.user.user_id;
    if account.email_verified_at.is_none() {
        return Err(Error::Unverified);
    }
    let secret: [u8; SECRET_LENGTH] = rand::random();
    let sealed = vault.seal(user_id, &secret).map_err(Error::Sealing)?;
    let now = tx.now();
    match store::factors::propose(tx.conn(), user_id, &sealed, now).await? {
        true => Ok(secret),
        false => Err(Error::Enabled),
    }
}
