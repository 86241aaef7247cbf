//! Administrators set and forget rates of tax; the others are told which classes have one.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::TaxClassChanged,
    id::{TaxRateId, UserId},
};

use crate::{
    domain::tax::{TaxRate, is_given},
    store::{
        changes::{self, Subject},
        tax_rates::{self, Kept},
    },
};

/// Why a rate is not changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no tax rate {0}")]
    Unknown(TaxRateId),
    /// Somebody changed it since, or there is none any more.
    #[error("the rate is of another version than expected")]
    Changed,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Sets the rate of a class in a place, whether there was one or not; of the version `expected` alone, where one is.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn put(tx: &mut Tx, author: UserId, rate: &TaxRate, expected: Option<i64>) -> Result<Kept, Error> {
    let (id, now) = (TaxRateId(tx.new_uuid()), tx.now());
    tax_rates::lock(tx.conn()).await?;
    let before = tax_rates::find(tx.conn(), rate).await?;
    if expected.is_some() && expected != before.as_ref().map(|before| before.version) {
        return Err(Error::Changed);
    }
    let kept = tax_rates::put(tx.conn(), id, rate, now).await?;
    let rates = (before.map(|before| before.rate), Some(&kept.rate));
    changes::insert(tx, author, (Subject::TaxRate, kept.id.uuid()), rates).await?;
    tell(tx, rate.class.clone(), true).await?;
    Ok(kept)
}

/// Forgets a rate; of the version `expected` alone, where one is.
///
/// # Errors
///
/// As [`Error`] says; what was written until then is not to be committed.
pub async fn forget(tx: &mut Tx, author: UserId, id: TaxRateId, expected: Option<i64>) -> Result<(), Error> {
    tax_rates::lock(tx.conn()).await?;
    let gone = tax_rates::delete(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    let Kept { rate, version, .. } = gone;
    if expected.is_some_and(|expected| expected != version) {
        return Err(Error::Changed);
    }
    let class = rate.class.clone();
    changes::insert(tx, author, (Subject::TaxRate, id.uuid()), (Some(rate), None::<TaxRate>)).await?;
    if !tax_rates::has_class(tx.conn(), &class).await? {
        tell(tx, class, false).await?;
    }
    Ok(())
}

/// Of classes that are there anyway, nobody has to hear.
async fn tell(tx: &mut Tx, tax_class: String, defined: bool) -> Result<(), sqlx::Error> {
    if is_given(&tax_class) {
        return Ok(());
    }
    let version = Some(tax_rates::next_version(tx.conn()).await?);
    tx.emit(&TaxClassChanged { tax_class, defined, version }).await
}
