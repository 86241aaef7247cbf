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
    /// Nobody would be left who can give roles.
    #[error("the account is the last administrator's")]
    LastAdmin,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Gives it. It counts from the next log-in or refresh on.
pub async fn run(tx: &mut Tx, actor: &Actor, user_id: UserId, role: Role) -> Result<Account, Error> {
    keep_an_admin(tx, user_id, Some(role)).await?;
    let account = store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoAccount)?;
    store::users::set_role(tx.conn(), user_id, role).await?;
    let detail = format!("{} to {}", account.user.role.as_str(), role.as_str());
    actor.note(tx, Some(user_id), Action::GrantRole, Outcome::Done, Some(&detail)).await?;
    store::users::find(&mut *tx.conn(), user_id).await?.ok_or(Error::NoAccount)
}

/// Refuses what would leave the shop without an administrator, and holds all of them so that two can't remove each
/// other at once. `next` is what the account becomes; none when it goes.
pub async fn keep_an_admin(tx: &mut Tx, user_id: UserId, next: Option<Role>) -> Result<(), Error> {
    let admins = store::users::lock_admins(tx.conn()).await?;
    match next != Some(Role::Admin) && admins == [user_id] {
        true => Err(Error::LastAdmin),
        false => Ok(()),
    }
}
