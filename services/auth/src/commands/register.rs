//! Makes an account.

use warung_chassis::{auth::Role, db::Tx};
use warung_contracts::{event::UserRegistered, id::UserId};

use crate::{
    domain::{email::Email, user::User},
    store,
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
}

/// Why no account was made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the address has an account")]
    Taken,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Makes it and tells the other services.
pub async fn run(tx: &mut Tx, input: Input) -> Result<User, Error> {
    let Input { email, password_hash, name, locale, role } = input;
    let user = User { user_id: UserId(tx.new_uuid()), email, role };
    let now = tx.now();
    if !store::users::insert(tx.conn(), &user, &password_hash, now).await? {
        return Err(Error::Taken);
    }
    tx.emit(&UserRegistered { user_id: user.user_id, email: user.email.to_string(), name, locale }).await?;
    Ok(user)
}
