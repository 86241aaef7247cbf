//! Gives an account another password.

use warung_chassis::db::Tx;
use warung_contracts::{event::PasswordChanged, id::SessionId};

use super::{Actor, call_off, end_session};
use crate::{
    domain::{
        audit::{Action, Outcome},
        network::Network,
        user::Account,
    },
    store::{self, tokens::Revocation},
};

/// Sets it, ends every other log-in and all that was begun with the old one, and tells the owner. Of devices and places
/// none stays known but the place it is done from.
pub async fn run(
    tx: &mut Tx,
    actor: &Actor,
    account: &Account,
    password_hash: &str,
    but: Option<SessionId>,
    network: Network,
    action: Action,
) -> Result<(), sqlx::Error> {
    let (user_id, now) = (account.user.user_id, tx.now());
    store::users::set_password(tx.conn(), user_id, password_hash, now).await?;
    call_off::run(tx, user_id).await?;
    store::devices::forget_all(tx.conn(), user_id).await?;
    store::devices::remember_network(tx.conn(), user_id, &network.to_string(), now).await?;
    end_session::all(tx, actor, user_id, but, Revocation::Password).await?;
    let (email, name, locale) = (account.user.email.to_string(), account.called(), account.locale.clone());
    tx.emit(&PasswordChanged { user_id, email, name, locale }).await?;
    actor.note(tx, Some(user_id), action, Outcome::Done, None).await
}
