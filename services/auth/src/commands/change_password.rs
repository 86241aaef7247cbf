//! Gives an account another password.

use warung_chassis::db::Tx;
use warung_contracts::{event::PasswordChanged, id::SessionId};

use super::{Actor, end_session};
use crate::{
    domain::{
        audit::{Action, Outcome},
        user::Account,
    },
    store::{self, tokens::Revocation},
};

/// Sets it, ends every other log-in, and tells the owner.
pub async fn run(
    tx: &mut Tx,
    actor: &Actor,
    account: &Account,
    password_hash: &str,
    but: Option<SessionId>,
    action: Action,
) -> Result<(), sqlx::Error> {
    let (user_id, now) = (account.user.user_id, tx.now());
    store::users::set_password(tx.conn(), user_id, password_hash, now).await?;
    // Log-ins that wait for a second factor were begun with the old one.
    store::factors::delete_challenges(tx.conn(), user_id).await?;
    end_session::all(tx, actor, user_id, but, Revocation::Password).await?;
    let (email, name, locale) = (account.user.email.to_string(), account.called(), account.locale.clone());
    tx.emit(&PasswordChanged { user_id, email, name, locale }).await?;
    actor.note(tx, Some(user_id), action, Outcome::Done, None).await
}
