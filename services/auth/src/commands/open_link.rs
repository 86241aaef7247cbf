//! Opens a link that shows that an address is its owner's: the account's, or the one it changes to. The mailbox alone does not
//! show that: whoever opens the link has to be logged in, so that password and mailbox are in the same hands.

use warung_chassis::db::Tx;
use warung_contracts::{event::EmailChanged, id::UserId};

use super::Actor;
use crate::{
    domain::{
        audit::{Action, Outcome},
        link::Purpose,
        token::Token,
        user::Account,
    },
    store::{self, links::Found},
};

/// Why a link did nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is unknown, used, ended, or was for another address or account.
    #[error("the link is not good any more")]
    Dead,
    /// Another account got the address meanwhile.
    #[error("the address has an account")]
    Taken,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Finds the link of a token and holds its account, so that a link opened twice at once is opened once.
async fn lock(tx: &mut Tx, token: &Token) -> Result<(Found, Account), Error> {
    let found = store::links::find(&mut *tx.conn(), token.hash()).await?.ok_or(Error::Dead)?;
    let account = store::users::lock(tx.conn(), found.user_id).await?.ok_or(Error::Dead)?;
    // Again, now that nobody else can open it.
    let found = store::links::find(&mut *tx.conn(), token.hash()).await?.ok_or(Error::Dead)?;
    Ok((found, account))
}

/// Opens a link for a forgotten password: who has it has the mailbox. It stays good until a password is set by it.
pub async fn forgotten(tx: &mut Tx, token: &Token) -> Result<(Found, Account), Error> {
    let (found, account) = lock(tx, token).await?;
    let now = tx.now();
    if found.link.purpose != Purpose::ResetPassword || !found.link.good(&account.user.email, now) {
        return Err(Error::Dead);
    }
    Ok((found, account))
}

/// Opens it for whoever is logged in to this account. What one that was opened before did stays as it is.
pub async fn run(tx: &mut Tx, actor: &Actor, user_id: UserId, token: &Token) -> Result<(), Error> {
    let (found, account) = lock(tx, token).await?;
    if found.user_id != user_id {
        return Err(Error::Dead);
    }
    let (owner, now) = (&account.user.email, tx.now());
    if found.link.purpose != Purpose::ResetPassword && found.link.opened(owner, now) {
        return Ok(());
    }
    if !found.link.good(owner, now) {
        return Err(Error::Dead);
    }
    let action = match found.link.purpose {
        Purpose::VerifyEmail => {
            store::users::set_verified(tx.conn(), found.user_id, now).await?;
            Action::VerifyEmail
        }
        Purpose::ChangeEmail => {
            change(tx, &found, &account).await?;
            // Another that waits is somebody else's wish, or an earlier one.
            store::links::end(
                tx.conn(),
                found.user_id,
                &[Purpose::ChangeEmail],
                Some(&found.link.email),
                now,
            )
            .await?;
            Action::ChangeEmail
        }
        Purpose::ResetPassword => return Err(Error::Dead),
    };
    store::links::mark_used(tx.conn(), found.request_id, now).await?;
    Ok(actor.note(tx, Some(user_id), action, Outcome::Done, None).await?)
}

async fn change(tx: &mut Tx, found: &Found, account: &Account) -> Result<(), Error> {
    let (new, now) = (&found.link.email, tx.now());
    let version = store::users::set_email(tx.conn(), found.user_id, new, now).await?.ok_or(Error::Taken)?;
    let (email, old_email) = (new.to_string(), account.user.email.to_string());
    let (user_id, name, locale) = (found.user_id, account.called(), account.locale.clone());
    Ok(tx.emit(&EmailChanged { user_id, email, old_email, name, locale, version }).await?)
}
