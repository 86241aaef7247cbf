//! Begins a change of address: a link goes to the new one, and nothing changes before it is opened.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use super::{Actor, ask_verification::Error, send_link};
use crate::{
    domain::{
        audit::{Action, Outcome},
        email::Email,
        link::Purpose,
    },
    store,
    vault::Vault,
};

/// Sends the link. An address that has an account gets none, and whoever asks is not told.
pub async fn run(
    tx: &mut Tx,
    vault: &Vault,
    actor: &Actor,
    user_id: UserId,
    email: &Email,
) -> Result<(), Error> {
    let account = store::users::lock(tx.conn(), user_id).await?.ok_or(Error::NoAccount)?;
    let taken = store::users::find_by_email(&mut *tx.conn(), email).await?.is_some();
    if !taken && !send_link::run(tx, vault, &account, Purpose::ChangeEmail, email).await? {
        return Err(Error::TooMany);
    }
    let outcome = if taken { Outcome::Refused } else { Outcome::Done };
    Ok(actor.note(tx, Some(user_id), Action::AskEmailChange, outcome, None).await?)
}
