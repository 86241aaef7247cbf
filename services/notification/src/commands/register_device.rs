//! Somebody registers a device for push messages.

use warung_chassis::db::Tx;
use warung_contracts::id::UserId;

use crate::{
    channels::push::{Address, Device},
    store::{
        contacts,
        devices::{self, Listed},
    },
};

/// Devices of one person at most; the oldest goes for a new one.
pub const DEVICES_MAX: i64 = 20;

/// Registers it; one that is known is its new owner's from now on. None for an account that is gone, whose token lives on.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, user_id: UserId, address: Address) -> Result<Option<Listed>, sqlx::Error> {
    if contacts::is_gone(tx.conn(), user_id).await? {
        return Ok(None);
    }
    let (device, now) = (Device { id: tx.new_uuid(), address }, tx.now());
    let listed = devices::save(tx.conn(), user_id, &device, now).await?;
    devices::trim(tx.conn(), user_id, DEVICES_MAX).await?;
    Ok(Some(listed))
}
