//! A guest's order became an account's: the account is told instead, and has what was written before.

use warung_chassis::db::Tx;
use warung_contracts::event::OrderClaimed;

use super::note::Error;
use crate::store::{contacts, notifications};

/// Hands over what was written to a guest. An account that is gone by now is left nothing.
///
/// # Errors
///
/// [`Error::NoContact`] when the account is not known yet.
pub async fn run(tx: &mut Tx, event: &OrderClaimed) -> Result<(), Error> {
    let (account, now) = (event.user_id, tx.now());
    contacts::claim(tx.conn(), event.guest_id, account, now).await?;
    // Nobody erases it until this is through.
    let held = contacts::hold(tx.conn(), &[account]).await?;
    let contact = held.get(&account).ok_or(Error::NoContact(account))?;
    notifications::hand_over(tx.conn(), event.guest_id, account).await?;
    if contact.deleted_at.is_some() {
        contacts::erase(tx.conn(), account, now).await?;
    }
    Ok(())
}
