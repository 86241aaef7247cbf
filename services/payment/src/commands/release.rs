//! A person has looked at an amount that differs from what was asked.

use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use super::{News, Tools, WishError};
use crate::{
    domain::{Decision, Fact, Payment},
    store::payments,
};

/// Does what was decided about it.
///
/// # Errors
///
/// As [`WishError`] says.
pub async fn run(
    tx: &mut Tx,
    tools: &Tools,
    order: OrderId,
    (decision, reason): (Decision, &str),
) -> Result<Payment, WishError> {
    let payment = payments::lock_of_order(tx.conn(), order).await?;
    let mut payment = payment.ok_or(WishError::Unknown(order))?;
    super::apply(tx, tools, &mut payment, News::of(Fact::Released(decision), reason)).await?;
    Ok(payment)
}
