//! Adds and edits places where stock is kept.

use warung_chassis::db::Tx;
use warung_contracts::id::{LocationId, ProductId};

use super::{Error, tell, trail};
use crate::store::locations::{self, Location};

/// A place that is to be.
#[derive(Debug, Clone)]
pub struct NewLocation {
    pub code: String,
    pub name: String,
    pub priority: i32,
}

/// Adds a place.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn add(tx: &mut Tx, new: NewLocation, actor: &str) -> Result<Location, Error> {
    let NewLocation { code, name, priority } = new;
    let id = LocationId(tx.new_uuid());
    let location = Location { id, code, name, priority, active: true, by_default: false, version: 1 };
    let now = tx.now();
    if !locations::insert(tx.conn(), &location, now).await? {
        return Err(Error::CodeTaken(location.code));
    }
    trail::added(tx, actor, &location).await?;
    Ok(location)
}

/// What to change; none leaves a field as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub name: Option<String>,
    pub priority: Option<i32>,
    pub active: Option<bool>,
}

/// Edits a place, if it is at the version `expected`; none means any. One that is no longer active serves nobody; what is set
/// aside there is still sold from there.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn edit(
    tx: &mut Tx,
    id: LocationId,
    expected: Option<i64>,
    patch: Patch,
    actor: &str,
) -> Result<Location, Error> {
    let old = locations::lock(tx.conn(), id).await?.ok_or(Error::NoLocation(id))?;
    Error::unless_at(expected, old.version)?;
    let Patch { name, priority, active } = patch;
    let new = Location {
        name: name.unwrap_or_else(|| old.name.clone()),
        priority: priority.unwrap_or(old.priority),
        active: active.unwrap_or(old.active),
        ..old.clone()
    };
    if new.by_default && !new.active {
        return Err(Error::field("active", "the default place stays active"));
    }
    if new == old {
        return Ok(old);
    }
    let new = Location { version: old.version + 1, ..new };
    locations::update(tx.conn(), &new).await?;
    trail::edited(tx, actor, &old, &new).await?;
    if new.active != old.active {
        // What can be bought there appears or goes.
        let products = locations::products_at(tx.conn(), id).await?;
        tell::changed(tx, products.into_iter().map(ProductId)).await?;
    }
    Ok(new)
}
