//! Takes a code of a second factor: each once.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{
    domain::{recovery_code, totp},
    store,
    vault::{Broken, Vault},
};

/// Why a code was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is wrong, or was taken before.
    #[error("the code is wrong")]
    Wrong,
    #[error("there is no second factor")]
    NoSecret,
    /// None is turned on before.
    #[error("the account's address is not verified")]
    Unverified,
    #[error("the secret does not open")]
    Broken(#[from] Broken),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Takes six digits of the device, or a recovery code.
pub async fn take(tx: &mut Tx, vault: &Vault, user_id: UserId, code: &str) -> Result<(), Error> {
    let now = tx.now();
    let found = store::factors::lock(tx.conn(), user_id).await?;
    let totp = found.filter(|totp| totp.confirmed_at.is_some()).ok_or(Error::NoSecret)?;
    let secret = vault.open(user_id, &totp.sealed)?;
    if let Some(step) = totp::step_of(code.trim(), &secret, now.unix_timestamp(), totp.last_step) {
        return Ok(store::factors::take_step(tx.conn(), user_id, step, now).await?);
    }
    match store::factors::take_code(tx.conn(), user_id, recovery_code::hash(code), now).await? {
        true => Ok(()),
        false => Err(Error::Wrong),
    }
}
