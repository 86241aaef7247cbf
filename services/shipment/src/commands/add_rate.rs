//! A rate is added.

use warung_chassis::db::Tx;
use warung_contracts::id::RateId;

use crate::{
    domain::rate::{Rate, Terms},
    store::rates,
};

/// Adds a rate of these terms.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, terms: Terms) -> Result<Rate, sqlx::Error> {
    let rate = Rate { id: RateId(tx.new_uuid()), terms, version: 1, created_at: tx.now() };
    rates::save(tx.conn(), &rate).await?;
    Ok(rate)
}
