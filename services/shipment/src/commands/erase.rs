//! An account is deleted: what names its owner goes, once no parcel needs it any more.

use warung_chassis::{db::Tx, http::idempotency};
use warung_contracts::id::UserId;

use crate::store::{claims, shipments};

/// Erases the addresses of a user's shipments: now where all parcels have ended, else when the last one does. The user is
/// remembered, for orders that are confirmed only now.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, user: UserId) -> Result<(), sqlx::Error> {
    let now = tx.now();
    claims::hold_erasure(tx.conn(), user).await?;
    let ended = shipments::erase_from(tx.conn(), user, now).await?;
    shipments::erase_ended(tx.conn(), &ended).await?;
    idempotency::forget(tx, user).await
}
