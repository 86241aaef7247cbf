//! Makes a secret for a second factor, which asks for nothing until its owner has confirmed it.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{domain::totp::SECRET_LENGTH, store, vault::Vault};

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the account has a second factor already")]
    Enabled,
    #[error("the secret could not be sealed")]
    Sealing(#[source] anyhow::Error),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Makes one, in place of one that was never confirmed.
pub async fn run(tx: &mut Tx, vault: &Vault, user_id: UserId) -> Result<[u8; SECRET_LENGTH], Error> {
    let secret: [u8; SECRET_LENGTH] = rand::random();
    let sealed = vault.seal(user_id, &secret).map_err(Error::Sealing)?;
    let now = tx.now();
    match store::factors::propose(tx.conn(), user_id, &sealed, now).await? {
        true => Ok(secret),
        false => Err(Error::Enabled),
    }
}
