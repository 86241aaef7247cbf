//! Sets a new password by a link that was sent to the address.

use warung_chassis::db::Tx;

use super::{
    Actor, change_password, let_in,
    open_link::{self, Error},
};
use crate::{
    domain::{audit::Action, network::Network, token::Token},
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
    store::devices::forget_all(tx.conn(), user_id).await?;
    let actor = actor.known(user_id);
    change_password::run(tx, &actor, &account, password_hash, None, Action::ResetPassword).await?;
    Ok(let_in::remember(tx, user_id, network).await?)
}
