//! Turns a second factor on, once its owner has shown that their device makes its codes.

use warung_chassis::db::Tx;
use warung_contracts::{event::SecondFactorChanged, id::UserId};

use super::{Actor, second_factor::Error};
use crate::{
    domain::{
        audit::{Action, Outcome},
        recovery_code::{self, COUNT},
        totp,
    },
    store,
    vault::Vault,
};

/// Turns it on; the recovery codes, which are shown once.
pub async fn run(
    tx: &mut Tx,
    vault: &Vault,
    actor: &Actor,
    user_id: UserId,
    code: &str,
) -> Result<Vec<String>, Error> {
    let now = tx.now();
    let account = store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoSecret)?;
    let found = store::factors::lock(tx.conn(), user_id).await?;
    let totp = found.filter(|totp| totp.confirmed_at.is_none()).ok_or(Error::NoSecret)?;
    if account.email_verified_at.is_none() {
        return Err(Error::Unverified);
    }
    let secret = vault.open(user_id, &totp.sealed)?;
    let step = totp::step_of(code, &secret, now.unix_timestamp(), None).ok_or(Error::Wrong)?;
    store::factors::take_step(tx.conn(), user_id, step, now).await?;
    let codes: Vec<String> = (0..COUNT).map(|_| recovery_code::of(rand::random())).collect();
    let hashes: Vec<[u8; 32]> = codes.iter().map(|code| recovery_code::hash(code)).collect();
    store::factors::replace_codes(tx.conn(), user_id, &hashes).await?;
    tx.emit(&SecondFactorChanged { user_id, enabled: true, by_administrator: false }).await?;
    actor.note(tx, Some(user_id), Action::EnableTotp, Outcome::Done, None).await?;
    Ok(codes)
}
