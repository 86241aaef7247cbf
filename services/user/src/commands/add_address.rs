//! Adds an address.

use warung_chassis::db::Tx;
use warung_contracts::id::{AddressId, UserId};

use super::{Error, hold};
use crate::{
    domain::address::{Address, COUNT_MAX, Details},
    store,
};

/// Adds it. A user's first address is preferred, whether they say so or not.
pub async fn run(tx: &mut Tx, user_id: UserId, details: Details, preferred: bool) -> Result<Address, Error> {
    // The lock makes the count true: two requests at once can't pass the limit together.
    hold(tx, user_id).await?;
    let (count, now) = (store::addresses::count(tx.conn(), user_id).await?, tx.now());
    if count >= COUNT_MAX {
        return Err(Error::TooMany);
    }
    let preferred = preferred || count == 0;
    if preferred {
        store::addresses::unprefer(tx.conn(), user_id, now).await?;
    }
    let address = Address { address_id: AddressId(tx.new_uuid()), details, preferred, version: 1 };
    store::addresses::save(tx.conn(), user_id, &address, now).await?;
    Ok(address)
}
