//! Deletes an account, and has every service erase what is personal.

use warung_chassis::db::Tx;
use warung_contracts::{event::UserDeleted, id::UserId};

use super::{
    Actor,
    grant_role::{self, Error},
};
use crate::{
    domain::audit::{Action, Outcome},
    store,
};

/// Deletes it. The audit log keeps that it was, without from where.
pub async fn run(tx: &mut Tx, actor: &Actor, user_id: UserId) -> Result<(), Error> {
    grant_role::keep_an_admin(tx, actor, user_id, None).await?;
    store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoAccount)?;
    actor.note(tx, Some(user_id), Action::DeleteAccount, Outcome::Done, None).await?;
    store::audit::erase_of(tx.conn(), user_id).await?;
    store::users::delete(tx.conn(), user_id).await?;
    Ok(tx.emit(&UserDeleted { user_id }).await?)
}
