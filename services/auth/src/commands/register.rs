//! Makes an account.

use warung_chassis::{auth::Role, db::Tx};
use warung_contracts::{event::UserRegistered, id::UserId};

use super::{Actor, send_link};
use crate::{
    domain::{
        audit::{Action, Outcome},
        email::Email,
        link::Purpose,
        network::Network,
        user::{Account, User},
    },
    store::{self, users::New},
    vault::Vault,
};

/// Whose account. The password was hashed before: hashing holds no lock.
pub struct Input {
    pub email: Email,
    /// PHC string.
    pub password_hash: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
    pub role: Role,
    /// Where it is made: known from then on, so that strangers there do not keep its owner out. None when a job makes it.
    pub network: Option<Network>,
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the address has an account")]
    Taken,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Makes it, tells the other services, and asks its owner to show that the address is theirs. An administrator's address
/// is whoever runs the shop's word.
pub async fn run(tx: &mut Tx, vault: &Vault, actor: &Actor, input: Input) -> Result<User, Error> {
    let Input { email, password_hash, name, locale, role, network } = input;
    let user = User { user_id: UserId(tx.new_uuid()), email, role };
    let now = tx.now();
    let email_verified_at = (role == Role::Admin).then_some(now);
    let new =
        New { user: &user, password_hash: &password_hash, name: &name, locale: &locale, email_verified_at };
    if !store::users::insert(tx.conn(), new, now).await? {
        return Err(Error::Taken);
    }
    let (user_id, email) = (user.user_id, user.email.to_string());
    if let Some(network) = network {
        store::devices::remember_network(tx.conn(), user_id, &network.to_string(), now).await?;
    }
    tx.emit(&UserRegistered { user_id, email, name: name.clone(), locale: locale.clone() }).await?;
    let account = Account {
        user: user.clone(),
        name: Some(name),
        locale,
        email_verified_at,
        created_at: now,
        second_factor: false,
        suspension: None,
    };
    if email_verified_at.is_none() {
        send_link::run(tx, vault, &account, Purpose::VerifyEmail, &account.user.email).await?;
    }
    actor.known(user_id).note(tx, Some(user_id), Action::Register, Outcome::Done, None).await?;
    Ok(user)
}
