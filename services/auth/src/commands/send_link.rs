//! Sends a link to an address: writes what it is good for, and tells notification of it.

use warung_chassis::db::Tx;
use warung_contracts::event::{EmailVerificationRequested, PasswordResetRequested};

use crate::{
    domain::{
        email::Email,
        link::{Link, Purpose, WINDOW},
        user::Account,
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
    let (user_id, now) = (account.user.user_id, tx.now());
    let lately = store::links::count_since(tx.conn(), user_id, purpose, now - WINDOW).await?;
    if lately >= purpose.links_max() {
        return Ok(false);
    }
    let (request_id, expires_at) = (tx.new_uuid(), now + purpose.lives());
    let link = Link { purpose, email: email.clone(), expires_at, used_at: None };
    let token_hash = vault.link_token(request_id).hash();
    store::links::insert(tx.conn(), &Found { request_id, user_id, link }, token_hash, now).await?;
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
