//! A rate's terms are replaced.

use warung_chassis::db::Tx;
use warung_contracts::id::RateId;

use crate::{
    domain::rate::{Rate, Terms},
    store::rates,
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

/// Replaces the terms of a rate; of the version `expected` alone, where one is. Quotes that are out keep their price.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, id: RateId, expected: Option<i64>, terms: Terms) -> Result<Rate, Error> {
    let rate = rates::lock(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    if expected.is_some_and(|expected| expected != rate.version) {
        return Err(Error::Changed(rate.version));
    }
    let rate = Rate { terms, version: rate.version + 1, ..rate };
    rates::save(tx.conn(), &rate).await?;
    Ok(rate)
}
