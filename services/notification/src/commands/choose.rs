//! Somebody chooses what they want to hear, and where.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{
    domain::unsubscribe::Choice,
    store::{contacts, preferences},
};

/// Keeps what one person chose: each with whether it is wanted. False for an account that is gone, whose token and links
/// live on: nothing of it is kept.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, user_id: UserId, choices: &[(Choice, bool)]) -> Result<bool, sqlx::Error> {
    if contacts::is_gone(tx.conn(), user_id).await? {
        return Ok(false);
    }
    let now = tx.now();
    for (choice, enabled) in choices {
        preferences::save(tx.conn(), *choice, *enabled, now).await?;
    }
    Ok(true)
}
