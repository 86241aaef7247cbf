//! Which tax classes products may name: those with a rate. The rates are the order service's, which tells of each; so a
//! class that nobody defined is noticed where it is written, and not where it would be sold untaxed.

use warung_chassis::db::Tx;
use warung_contracts::event::TaxClassChanged;

use crate::{
    domain::{draft::Faults, product::TAX_CLASS_DEFAULT},
    store::tax_classes,
};

/// Notes what order told, unless something newer was noted: a replayed event comes after those that followed it.
///
/// # Errors
///
/// When the store fails.
pub async fn note(tx: &mut Tx, event: &TaxClassChanged) -> Result<(), sqlx::Error> {
    let (TaxClassChanged { tax_class, defined, version }, now) = (event, tx.now());
    if !tax_classes::is_news(tx.conn(), tax_class, version.unwrap_or(0)).await? {
        return Ok(());
    }
    match defined {
        true => tax_classes::put(tx.conn(), tax_class, now).await,
        false => tax_classes::remove(tx.conn(), tax_class).await,
    }
}

/// Notes a fault when the class has no rate. The default class needs none: a shop that owes no tax has no rates at all.
pub(super) async fn check(tx: &mut Tx, faults: &mut Faults, class: &str) -> Result<(), sqlx::Error> {
    // PostgreSQL's text holds no NUL; what has one is refused for its form.
    if class == TAX_CLASS_DEFAULT || class.contains('\0') || tax_classes::knows(tx.conn(), class).await? {
        return Ok(());
    }
    faults.add("tax_class", "has no rate; set one with PUT /api/v1/admin/tax-rates first, be it 0");
    Ok(())
}
