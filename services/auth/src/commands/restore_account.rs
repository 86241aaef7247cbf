//! Opens a suspended account again.

use warung_chassis::db::Tx;
use warung_contracts::{event::AccountRestored, id::UserId};

use super::{Actor, grant_role::Error};
use crate::{
    domain::audit::{Action, Outcome},
    store,
};

/// Restores it, and tells the owner. One that is not suspended stays as it is.
pub async fn run(tx: &mut Tx, actor: &Actor, user_id: UserId) -> Result<(), Error> {
    let account = store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoAccount)?;
    if account.suspension.is_none() {
        return Ok(());
    }
    store::users::set_suspension(tx.conn(), user_id, None).await?;
    tx.emit(&AccountRestored { user_id }).await?;
    Ok(actor.note(tx, Some(user_id), Action::RestoreAccount, Outcome::Done, None).await?)
}
