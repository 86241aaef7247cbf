//! Begins a log-in, once a password, and a second factor where there is one, were shown.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::{
    event::NewDeviceLoggedIn,
    id::{SessionId, UserId},
};

use super::Actor;
use crate::{
    domain::{
        audit::{Action, Outcome},
        network::Network,
        token::{Kind, Token},
    },
    store::{self, sessions::New},
};

/// Whose log-in, on what.
#[derive(Debug)]
pub struct Input<'a> {
    pub user_id: UserId,
    /// The first refresh token.
    pub token: &'a Token,
    pub ttl: Duration,
    /// What the session is called.
    pub device: Option<&'a str>,
    /// The token of a device that was known before, as it was sent.
    pub device_token: Option<&'a Token>,
    pub network: Network,
    /// What it was opened with.
    pub action: Action,
}

/// A log-in that was begun.
#[derive(Debug)]
pub struct Opened {
    pub session: SessionId,
    /// A token for the device to keep, where it was not known before.
    pub device_token: Option<Token>,
}

/// Begins it, and remembers device and network as the owner's, who is told when neither was known.
pub async fn run(tx: &mut Tx, actor: &Actor, input: Input<'_>) -> Result<Opened, sqlx::Error> {
    let Input { user_id, token, ttl, device, device_token, network, action } = input;
    let (session, now) = (SessionId(tx.new_uuid()), tx.now());
    let (expires_at, source) = (now + ttl, actor.source.as_deref());
    store::sessions::insert(tx.conn(), New { session, user_id, device, source, expires_at }, now).await?;
    store::tokens::insert(tx.conn(), session, token.hash(), now, expires_at).await?;
    let network = network.to_string();
    let known_network = store::devices::knows_network(tx.conn(), user_id, &network).await?;
    store::devices::remember_network(tx.conn(), user_id, &network, now).await?;
    let known = match device_token {
        Some(sent) => store::devices::touch(tx.conn(), user_id, sent.hash(), now).await?,
        None => false,
    };
    let device_token = (!known).then(|| Token::of(Kind::Device, rand::random()));
    if let Some(fresh) = &device_token {
        store::devices::insert(tx.conn(), user_id, fresh.hash(), now).await?;
    }
    if !known && !known_network {
        let device = device.map(str::to_owned);
        tx.emit(&NewDeviceLoggedIn { user_id, device, at: now }).await?;
    }
    // Without what the device is called: the log outlives the account.
    actor.known(user_id).note(tx, Some(user_id), action, Outcome::Done, None).await?;
    Ok(Opened { session, device_token })
}
