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

/// Sets the rate of a class in a place, whether there was one or not.
///
/// # Errors
///
/// When the store fails.
pub async fn put(tx: &mut Tx, author: UserId, rate: &TaxRate) -> Result<Kept, sqlx::Error> {
    let (id, now) = (TaxRateId(tx.new_uuid()), tx.now());
    tax_rates::lock(tx.conn()).await?;
    let before = tax_rates::find(tx.conn(), rate).await?;
    let kept = tax_rates::put(tx.conn(), id, rate, now).await?;
    let rates = (before.map(|before| before.rate), Some(&kept.rate));
    changes::insert(tx, author, (Subject::TaxRate, kept.id.uuid()), rates).await?;
    tell(tx, rate.class.clone(), true).await?;
    Ok(kept)
}

/// Forgets a rate; false when there was none.
///
/// # Errors
///
/// When the store fails.
pub async fn forget(tx: &mut Tx, author: UserId, id: TaxRateId) -> Result<bool, sqlx::Error> {
    tax_rates::lock(tx.conn()).await?;
    let Some(Kept { rate, .. }) = tax_rates::delete(tx.conn(), id).await? else { return Ok(false) };
    let class = rate.class.clone();
    changes::insert(tx, author, (Subject::TaxRate, id.uuid()), (Some(rate), None::<TaxRate>)).await?;
    if !tax_rates::has_class(tx.conn(), &class).await? {
        tell(tx, class, false).await?;
    }
    Ok(true)
}

/// Of classes that are there anyway, nobody has to hear.
async fn tell(tx: &mut Tx, tax_class: String, defined: bool) -> Result<(), sqlx::Error> {
    if is_given(&tax_class) {
        return Ok(());
    }
    let version = Some(tax_rates::next_version(tx.conn()).await?);
    tx.emit(&TaxClassChanged { tax_class, defined, version }).await
}
