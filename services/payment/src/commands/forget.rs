//! A customer is gone: what is personal of their payments is erased, and what the ledger needs is kept.

use warung_chassis::{db::Tx, http::idempotency};
use warung_contracts::id::UserId;

use crate::store::payments;

/// Erases tokens, secrets, addresses to come back to, and the bodies of webhooks, which providers fill with names.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, user: UserId) -> Result<(), sqlx::Error> {
    let erased = payments::forget(tx.conn(), user).await?;
    idempotency::forget(tx, user).await?;
    tracing::info!(%user, payments = erased, "what is personal of payments is erased");
    Ok(())
}
