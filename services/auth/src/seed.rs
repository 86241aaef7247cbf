//! Accounts for a shop to try things in: many, quickly, and the same again by the same ids.

use secrecy::SecretString;
use warung_chassis::{
    auth::Role,
    db::{Db, analyze},
};
use warung_contracts::{event::UserRegistered, id::UserId};

use crate::{
    domain::{email::Email, user::User},
    passwords::Passwords,
    store::{self, users::New},
};

/// Accounts written in one transaction.
const BATCH: usize = 200;

/// Somebody.
#[derive(Debug, Clone)]
pub struct Account {
    pub user_id: UserId,
    pub email: String,
    pub name: String,
    /// BCP 47.
    pub locale: String,
}

/// Makes accounts with one password, whose addresses count as verified; one that is there stays. How many were made.
///
/// # Errors
///
/// When an address is none, or the store is away.
pub async fn accounts(db: &Db, people: &[Account], password: SecretString) -> anyhow::Result<u64> {
    // One hash for all: a thousand would take a minute.
    let password_hash = Passwords::new().hash(password).await?;
    let mut made = 0;
    for batch in people.chunks(BATCH) {
        let mut tx = db.begin().await?;
        for Account { user_id, email, name, locale } in batch {
            let user = User { user_id: *user_id, email: email.parse::<Email>()?, role: Role::Customer };
            let now = tx.now();
            let new = New {
                user: &user,
                password_hash: &password_hash,
                name,
                locale,
                email_verified_at: Some(now),
            };
            if store::users::insert(tx.conn(), new, now).await? {
                let (email, name, locale) = (user.email.to_string(), name.clone(), locale.clone());
                tx.emit(&UserRegistered { user_id: *user_id, email, name, locale }).await?;
                made += 1;
            }
        }
        tx.commit().await?;
    }
    analyze(db.pool(), &["users"]).await?;
    Ok(made)
}
