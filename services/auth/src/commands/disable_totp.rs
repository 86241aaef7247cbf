//! Turns a second factor off.

use warung_chassis::db::Tx;
use warung_contracts::{event::SecondFactorChanged, id::UserId};

use super::{
    Actor,
    second_factor::{self, Error},
};
use crate::{
    domain::audit::{Action, Outcome},
    store,
    vault::Vault,
};

/// Turns it off by a code of it, or a recovery code.
pub async fn run(
    tx: &mut Tx,
    vault: &Vault,
    actor: &Actor,
    user_id: UserId,
    code: &str,
) -> Result<(), Error> {
    second_factor::take(tx, vault, user_id, code).await?;
    store::factors::delete(tx.conn(), user_id).await?;
    tx.emit(&SecondFactorChanged { user_id, enabled: false, by_administrator: false }).await?;
    Ok(actor.note(tx, Some(user_id), Action::DisableTotp, Outcome::Done, None).await?)
}
