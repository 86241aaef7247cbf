//! A device and a place become known by a link that was sent to the address: who opens it has the mailbox, so strangers'
//! tries at the account stop them no longer.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use super::{
    Actor,
    open_link::{self, Error},
};
use crate::{
    domain::{
        audit::{Action, Outcome},
        network::Network,
        token::{Kind, Token},
    },
    store,
};

/// Opens a link for a forgotten password and leaves the password as it is: its owner only wants in. The token of the
/// device, which is to be sent with the next log-in.
///
/// # Errors
///
/// When the link is not good.
pub async fn run(tx: &mut Tx, actor: &Actor, network: Network, token: &Token) -> Result<Token, Error> {
    let user_id = open_link::forgotten(tx, token).await?.0.user_id;
    actor.known(user_id).note(tx, Some(user_id), Action::UnlockLogIn, Outcome::Done, None).await?;
    Ok(remember(tx, user_id, network).await?)
}

/// Makes a new device known, and the place it is in: that helps clients which keep no token.
pub async fn remember(tx: &mut Tx, user_id: UserId, network: Network) -> Result<Token, sqlx::Error> {
    let (device, now) = (Token::of(Kind::Device, rand::random()), tx.now());
    store::devices::insert(tx.conn(), user_id, device.hash(), now).await?;
    store::devices::remember_network(tx.conn(), user_id, &network.to_string(), now).await?;
    Ok(device)
}
