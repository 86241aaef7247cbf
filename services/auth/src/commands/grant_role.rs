//! Gives an account a role, in place of the one it has.

use warung_chassis::{auth::Role, db::Tx};
use warung_contracts::id::UserId;

use super::Actor;
use crate::{
    domain::{
        audit::{Action, Outcome},
        user::Account,
    },
    store,
};

/// Why a role stays.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such account")]
    NoAccount,
    /// Whoever asks was removed or suspended a moment ago.
    #[error("who asks is no administrator any more")]
    NoAdmin,
    /// Whoever registered it may not be whose address it is.
    #[error("the account's address is not verified")]
    Unverified,
    /// Nobody would be left who can give roles.
    #[error("the account is the last administrator's")]
    LastAdmin,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Gives it. At auth it counts at once, elsewhere from the next log-in or refresh on.
pub async fn run(tx: &mut Tx, actor: &Actor, user_id: UserId, role: Role) -> Result<Account, Error> {
    keep_an_admin(tx, actor, user_id, Some(role)).await?;
    let account = store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoAccount)?;
    if role > account.user.role && account.email_verified_at.is_none() {
        return Err(Error::Unverified);
    }
    store::users::set_role(tx.conn(), user_id, role).await?;
    let detail = format!("{} to {}", account.user.role.as_str(), role.as_str());
    actor.note(tx, Some(user_id), Action::GrantRole, Outcome::Done, Some(&detail)).await?;
    store::users::find(&mut *tx.conn(), user_id).await?.ok_or(Error::NoAccount)
}

/// Refuses what would leave the shop without an administrator, and holds all of them: of two who remove each other at once
/// one does. `next` is what the account becomes; none when nobody can log in to it any more. Who removes an account that is
/// not their own is an administrator, or a job.
pub async fn keep_an_admin(
    tx: &mut Tx,
    actor: &Actor,
    user_id: UserId,
    next: Option<Role>,
) -> Result<(), Error> {
    let admins = store::users::lock_admins(tx.conn()).await?;
    let own = next.is_none() && actor.user_id == Some(user_id);
    if !own && actor.user_id.is_some_and(|actor| !admins.contains(&actor)) {
        return Err(Error::NoAdmin);
    }
    match next != Some(Role::Admin) && admins == [user_id] {
        true => Err(Error::LastAdmin),
        false => Ok(()),
    }
}
