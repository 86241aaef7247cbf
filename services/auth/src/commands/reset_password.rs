//! Sets a new password by a link that was sent to the address.

use warung_chassis::db::Tx;
use warung_contracts::event::SecondFactorChanged;

use super::{
    Actor, change_password, let_in,
    open_link::{self, Error},
};
use crate::{
    domain::{
        audit::{Action, Outcome},
        network::Network,
        token::Token,
        user::Account,
    },
    store,
};

/// Sets it, and ends every log-in: whoever knew the old password is out. Who opened the link has the mailbox, so the
/// address is theirs, and a token is given that lets their device in whatever strangers try at the account.
pub async fn run(
    tx: &mut Tx,
    actor: &Actor,
    network: Network,
    token: &Token,
    password_hash: &str,
) -> Result<Token, Error> {
    let (found, account) = open_link::forgotten(tx, token).await?;
    let (user_id, now) = (found.user_id, tx.now());
    store::links::mark_used(tx.conn(), found.request_id, now).await?;
    let actor = actor.known(user_id);
    if account.email_verified_at.is_none() {
        shed_second_factor(tx, &actor, &account).await?;
    }
    store::users::set_verified(tx.conn(), user_id, now).await?;
    change_password::run(tx, &actor, &account, password_hash, None, network, Action::ResetPassword).await?;
    Ok(let_in::remember(tx, user_id, network).await?)
}

/// Turns off a second factor of an account whose address nobody had shown to be theirs: whoever registered it may not be
/// whose address it is, and would keep them out for ever.
async fn shed_second_factor(tx: &mut Tx, actor: &Actor, account: &Account) -> Result<(), sqlx::Error> {
    if !account.second_factor {
        return Ok(());
    }
    let user_id = account.user.user_id;
    store::factors::delete(tx.conn(), user_id).await?;
    tx.emit(&SecondFactorChanged { user_id, enabled: false, by_administrator: false }).await?;
    actor.note(tx, Some(user_id), Action::DisableTotp, Outcome::Done, Some("address not verified")).await
}
