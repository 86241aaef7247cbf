//! A customer is gone: what is personal of their payments is erased, and what the ledger needs is kept.

use warung_chassis::{db::Tx, http::idempotency};
use warung_contracts::id::UserId;

use crate::store;

/// Erases what is personal of an account's payments, and remembers the account: some may become its only later.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, user: UserId) -> Result<(), sqlx::Error> {
    let now = tx.now();
    store::claims::hold_erasure(tx.conn(), user).await?;
    store::erase::remember(tx.conn(), user, now).await?;
    payments(tx, user).await?;
    idempotency::forget(tx, user).await
}

/// Erases tokens, secrets, addresses to come back to, the words of staff about them, and the bodies of webhooks, which
/// providers fill with names. The account is remembered already.
///
/// # Errors
///
/// When the store is away.
pub async fn payments(tx: &mut Tx, user: UserId) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let erased = store::erase::payments(tx.conn(), user, now).await?;
    tracing::info!(%user, payments = erased, "what is personal of payments is erased");
    Ok(())
}
