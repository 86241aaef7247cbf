//! A rate is added.

use warung_chassis::db::Tx;
use warung_contracts::id::{RateId, UserId};

use crate::{
    domain::rate::{Rate, Terms},
    store::{changes, rates},
};

/// Adds a rate of these terms, and keeps who did.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, author: UserId, terms: Terms) -> Result<Rate, sqlx::Error> {
    let rate = Rate { id: RateId(tx.new_uuid()), terms, version: 1, created_at: tx.now() };
    rates::save(tx.conn(), &rate).await?;
    changes::insert(tx, author, rate.id, (None, Some(&rate.terms))).await?;
    Ok(rate)
}
