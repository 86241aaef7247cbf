//! Changes a profile, and tells of it.

use warung_chassis::db::Tx;
use warung_contracts::{event::ProfileChanged, id::UserId};

use super::{Error, hold};
use crate::{
    domain::profile::{Change, Profile},
    store,
};

/// Changes it, if `expected` is its version or nothing was expected.
pub async fn run(
    tx: &mut Tx,
    user_id: UserId,
    expected: Option<i64>,
    change: Change,
) -> Result<Profile, Error> {
    let profile = hold(tx, user_id).await?;
    if expected.is_some_and(|version| version != profile.version) {
        return Err(Error::Stale);
    }
    let next = profile.changed(change);
    let now = tx.now();
    store::profiles::update(tx.conn(), &next, now).await?;
    if next.version != profile.version {
        let (name, phone, locale) = (next.name.clone(), next.phone.clone(), next.locale.clone());
        tx.emit(&ProfileChanged { user_id, name, phone, locale, version: next.version }).await?;
    }
    Ok(next)
}
