//! Removes an address.

use warung_chassis::db::Tx;
use warung_contracts::id::{AddressId, UserId};

use super::Error;
use crate::store;

/// Removes it. When it was the preferred one, the oldest that is left becomes that.
pub async fn run(
    tx: &mut Tx,
    user_id: UserId,
    address_id: AddressId,
    expected: Option<i64>,
) -> Result<(), Error> {
    store::profiles::lock(tx.conn(), user_id).await?.ok_or(Error::NoAddress)?;
    let current = store::addresses::find(tx.conn(), user_id, address_id).await?.ok_or(Error::NoAddress)?;
    if expected.is_some_and(|version| version != current.version) {
        return Err(Error::Stale);
    }
    let now = tx.now();
    if !store::addresses::delete(tx.conn(), user_id, address_id).await? {
        return Err(Error::NoAddress);
    }
    if current.preferred {
        store::addresses::prefer_oldest(tx.conn(), user_id, now).await?;
    }
    Ok(())
}
