//! Closes an account until it is restored.

use warung_chassis::db::Tx;
use warung_contracts::{event::AccountSuspended, id::UserId};

use super::{
    Actor, call_off, end_session,
    grant_role::{self, Error},
};
use crate::{
    domain::{
        audit::{Action, Outcome},
        user::{Account, Suspension},
    },
    store::{self, tokens::Revocation},
};

/// Suspends it, ends every log-in and what was begun, and tells the owner. One that is suspended gets another reason, and nothing else. The
/// audit log keeps that it was, without the reason: that may be personal, and goes with the account.
pub async fn run(tx: &mut Tx, actor: &Actor, user_id: UserId, reason: String) -> Result<Account, Error> {
    grant_role::keep_an_admin(tx, actor, user_id, None).await?;
    let mut account = store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoAccount)?;
    let before = account.suspension.take();
    let suspension = Suspension { at: before.as_ref().map_or(tx.now(), |before| before.at), reason };
    if before.as_ref() == Some(&suspension) {
        account.suspension = before;
        return Ok(account);
    }
    store::users::set_suspension(tx.conn(), user_id, Some(&suspension)).await?;
    actor.note(tx, Some(user_id), Action::SuspendAccount, Outcome::Done, None).await?;
    if before.is_none() {
        call_off::run(tx, user_id).await?;
        end_session::all(tx, actor, user_id, None, Revocation::Admin).await?;
        tx.emit(&AccountSuspended { user_id }).await?;
    }
    account.suspension = Some(suspension);
    Ok(account)
}
