//! Changes an address.

use warung_chassis::db::Tx;
use warung_contracts::id::{AddressId, UserId};

use super::{Error, hold};
use crate::{
    domain::address::{Address, Details},
    store,
};

/// What it becomes.
pub struct Input {
    pub user_id: UserId,
    pub address_id: AddressId,
    /// The version the caller changes; any when left out.
    pub expected: Option<i64>,
    pub details: Details,
    /// Makes it the preferred one; `false` leaves the preference as it is, so that there is always one.
    pub preferred: bool,
}

/// Changes it.
pub async fn run(tx: &mut Tx, input: Input) -> Result<Address, Error> {
    let Input { user_id, address_id, expected, details, preferred } = input;
    hold(tx, user_id).await?;
    let current = store::addresses::find(tx.conn(), user_id, address_id).await?.ok_or(Error::NoAddress)?;
    if expected.is_some_and(|version| version != current.version) {
        return Err(Error::Stale);
    }
    let now = tx.now();
    if preferred && !current.preferred {
        store::addresses::unprefer(tx.conn(), user_id, now).await?;
    }
    let next = Address {
        address_id,
        details,
        preferred: preferred || current.preferred,
        version: current.version + 1,
    };
    store::addresses::save(tx.conn(), user_id, &next, now).await?;
    Ok(next)
}
