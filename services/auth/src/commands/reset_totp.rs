//! Turns a second factor off for an owner who lost the authenticator and the recovery codes.

use warung_chassis::db::Tx;
use warung_contracts::{event::SecondFactorChanged, id::UserId};

use super::{Actor, grant_role::Error};
use crate::{
    domain::audit::{Action, Outcome},
    store,
};

/// Turns it off, and tells the owner. An account without one stays as it is.
pub async fn run(tx: &mut Tx, actor: &Actor, user_id: UserId) -> Result<(), Error> {
    let account = store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoAccount)?;
    // Also one that was never confirmed.
    store::factors::delete(tx.conn(), user_id).await?;
    if !account.second_factor {
        return Ok(());
    }
    // Log-ins that wait for its code begin again.
    store::factors::delete_challenges(tx.conn(), user_id).await?;
    tx.emit(&SecondFactorChanged { user_id, enabled: false, by_administrator: true }).await?;
    Ok(actor.note(tx, Some(user_id), Action::ResetTotp, Outcome::Done, None).await?)
}
