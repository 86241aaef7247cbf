//! Sets and forgets rates of tax, and tells which classes have one.

use warung_chassis::db::Tx;
use warung_contracts::{event::TaxClassChanged, id::TaxRateId};

use crate::{
    domain::tax::{TaxRate, is_given},
    store::tax_rates::{self, Kept},
};

/// Sets the rate of a class in a place.
///
/// # Errors
///
/// When the store fails.
pub async fn put(tx: &mut Tx, rate: &TaxRate) -> Result<Kept, sqlx::Error> {
    let (id, now) = (TaxRateId(tx.new_uuid()), tx.now());
    tax_rates::lock(tx.conn()).await?;
    let kept = tax_rates::put(tx.conn(), id, rate, now).await?;
    tell(tx, rate.class.clone(), true).await?;
    Ok(kept)
}

/// Forgets a rate; false when there was none.
///
/// # Errors
///
/// When the store fails.
pub async fn forget(tx: &mut Tx, id: TaxRateId) -> Result<bool, sqlx::Error> {
    tax_rates::lock(tx.conn()).await?;
    let Some(class) = tax_rates::delete(tx.conn(), id).await? else { return Ok(false) };
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
    tx.emit(&TaxClassChanged { tax_class, defined }).await
}
