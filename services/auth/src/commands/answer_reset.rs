//! Answers a forgotten password: away from whoever asked, so that they can't tell whether there is an account.

use warung_chassis::db::Tx;

use super::send_link;
use crate::{
    domain::{email::Email, link::Purpose},
    store,
    vault::Vault,
};

/// Answers the oldest that waits; false when none does.
pub async fn run(tx: &mut Tx, vault: &Vault) -> Result<bool, sqlx::Error> {
    let Some(email) = store::links::take_reset(tx.conn()).await? else { return Ok(false) };
    let Ok(email) = email.parse::<Email>() else { return Ok(true) };
    if let Some(account) = store::users::find_by_email(&mut *tx.conn(), &email).await? {
        send_link::run(tx, vault, &account, Purpose::ResetPassword, &email).await?;
    }
    Ok(true)
}
