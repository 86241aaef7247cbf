//! A rate's terms are replaced, or it is taken away.

use warung_chassis::db::Tx;
use warung_contracts::id::{RateId, UserId};

use crate::{
    domain::rate::{Rate, Terms},
    store::{changes, rates},
};

/// Why they are not.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no rate {0}")]
    Unknown(RateId),
    /// Somebody edited it since the caller read it.
    #[error("the rate is at version {0}")]
    Changed(i64),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Replaces the terms of a rate, and keeps who did; of the version `expected` alone, where one is. Quotes that are out keep
/// their price.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(
    tx: &mut Tx,
    author: UserId,
    id: RateId,
    expected: Option<i64>,
    terms: Terms,
) -> Result<Rate, Error> {
    let rate = rates::lock(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    if expected.is_some_and(|expected| expected != rate.version) {
        return Err(Error::Changed(rate.version));
    }
    let Rate { terms: before, version, created_at, .. } = rate;
    let rate = Rate { id, terms, version: version + 1, created_at };
    rates::save(tx.conn(), &rate).await?;
    changes::insert(tx, author, id, (Some(&before), Some(&rate.terms))).await?;
    Ok(rate)
}

/// Takes a rate away, and keeps who did. Quotes that are out keep their price.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn remove(tx: &mut Tx, author: UserId, id: RateId) -> Result<(), Error> {
    let rate = rates::lock(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    rates::delete(tx.conn(), id).await?;
    Ok(changes::insert(tx, author, id, (Some(&rate.terms), None)).await?)
}
