//! Sends a link to an address: writes what it is good for, and tells notification of it.

use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::{
    event::{EmailVerificationRequested, PasswordResetRequested},
    id::UserId,
};

use crate::{
    domain::{
        email::Email,
        link::{Link, Purpose, WINDOW},
        user::{Account, User},
    },
    store::{self, links::Found},
    vault::Vault,
};

/// Sends it; false when the account got as many as anybody gets in a while.
pub async fn run(
    tx: &mut Tx,
    vault: &Vault,
    account: &Account,
    purpose: Purpose,
    email: &Email,
) -> Result<bool, sqlx::Error> {
    let user_id = account.user.user_id;
    let Some((request_id, expires_at)) = write(tx, vault, user_id, purpose, email).await? else {
        return Ok(false);
    };
    let (name, locale, email) = (account.called(), account.locale.clone(), email.to_string());
    match purpose {
        Purpose::VerifyEmail | Purpose::ChangeEmail => {
            tx.emit(&EmailVerificationRequested { user_id, email, name, locale, request_id, expires_at })
                .await?;
        }
        Purpose::ResetPassword => {
            tx.emit(&PasswordResetRequested { user_id, email, name, locale, request_id, expires_at }).await?;
        }
    }
    Ok(true)
}

/// Counts a link and sends none, so that whoever asks can't tell by the count; false as [`run`]. It is of the account's own
/// address: another's has no place here.
pub async fn withhold(
    tx: &mut Tx,
    vault: &Vault,
    account: &Account,
    purpose: Purpose,
) -> Result<bool, sqlx::Error> {
    let User { user_id, email, .. } = &account.user;
    Ok(write(tx, vault, *user_id, purpose, email).await?.is_some())
}

/// Writes what a link is good for and until when; none when there were too many.
async fn write(
    tx: &mut Tx,
    vault: &Vault,
    user_id: UserId,
    purpose: Purpose,
    email: &Email,
) -> Result<Option<(Uuid, OffsetDateTime)>, sqlx::Error> {
    let now = tx.now();
    let lately = store::links::count_since(tx.conn(), user_id, purpose, now - WINDOW).await?;
    if lately >= purpose.links_max() {
        return Ok(None);
    }
    let (request_id, expires_at) = (tx.new_uuid(), now + purpose.lives());
    let link = Link { purpose, email: email.clone(), expires_at, used_at: None };
    let token_hash = vault.link_token(request_id).hash();
    store::links::insert(tx.conn(), &Found { request_id, user_id, link }, token_hash, now).await?;
    Ok(Some((request_id, expires_at)))
}
