//! Begins a change of address: a link goes to the new one, and nothing changes before it is opened.

use warung_chassis::db::Tx;
use warung_contracts::event::EmailChangeRequested;

use super::{Actor, ask_verification::Error, send_link};
use crate::{
    domain::{
        audit::{Action, Outcome},
        email::Email,
        link::Purpose,
        user::Account,
    },
    store,
    vault::Vault,
};

/// Sends the link, and tells the address of now: who does not mean it still has time. An address that can't be had gets no
/// link, and whoever asks is not told. Of addresses asked for one after the other the last counts: the others may have been
/// mistyped. The caller holds the account.
pub async fn run(
    tx: &mut Tx,
    vault: &Vault,
    actor: &Actor,
    account: &Account,
    email: &Email,
    reserved: bool,
) -> Result<(), Error> {
    let (user_id, now) = (account.user.user_id, tx.now());
    let taken = reserved || store::users::find_by_email(&mut *tx.conn(), email).await?.is_some();
    store::links::end(tx.conn(), user_id, &[Purpose::ChangeEmail], Some(email), now).await?;
    let sent = match taken {
        true => send_link::withhold(tx, vault, account, Purpose::ChangeEmail).await?,
        false => send_link::run(tx, vault, account, Purpose::ChangeEmail, email).await?,
    };
    if !sent {
        return Err(Error::TooMany);
    }
    let (old, new_email) = (account.user.email.to_string(), email.to_string());
    let (name, locale) = (account.called(), account.locale.clone());
    tx.emit(&EmailChangeRequested { user_id, email: old, new_email, name, locale }).await?;
    let outcome = if taken { Outcome::Refused } else { Outcome::Done };
    Ok(actor.note(tx, Some(user_id), Action::AskEmailChange, outcome, None).await?)
}
