//! An administrator calls a payment off that is not captured.

use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use super::{News, Tools, WishError};
use crate::{
    domain::{Fact, Payment},
    store::payments,
};

/// Decides it; the provider is asked after the commit.
///
/// # Errors
///
/// As [`WishError`] says.
pub async fn run(tx: &mut Tx, tools: &Tools, order: OrderId, reason: &str) -> Result<Payment, WishError> {
    let payment = payments::lock_of_order(tx.conn(), order).await?;
    let mut payment = payment.ok_or(WishError::Unknown(order))?;
    super::apply(tx, tools, &mut payment, News::of(Fact::VoidAsked, reason)).await?;
    Ok(payment)
}
