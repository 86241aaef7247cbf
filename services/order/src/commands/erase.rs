//! An account is gone: what orders know of the person goes too.

use warung_chassis::{db::Tx, http::idempotency};
use warung_contracts::id::UserId;

use crate::store::erase;

/// Erases the person, of open orders at their end; amounts, goods and states stay. The account writes nothing any more.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, user: UserId) -> Result<(), sqlx::Error> {
    let now = tx.now();
    erase::remember(tx.conn(), user, now).await?;
    erase::person(tx.conn(), user).await?;
    idempotency::forget(tx, user).await
}
