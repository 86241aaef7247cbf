//! An administrator takes money that is set aside.

use warung_chassis::db::Tx;
use warung_contracts::{id::OrderId, money::Money};

use super::{News, Tools, WishError};
use crate::{
    domain::{Fact, Payment},
    store::payments,
};

/// What is taken.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    /// All that is set aside, when left out; the rest is freed.
    pub amount: Option<Money>,
    pub reason: String,
}

/// Decides a capture; the provider is asked after the commit.
///
/// # Errors
///
/// As [`WishError`] says.
pub async fn run(tx: &mut Tx, tools: &Tools, input: Input) -> Result<Payment, WishError> {
    let Input { order_id, amount, reason } = input;
    let payment = payments::lock_of_order(tx.conn(), order_id).await?;
    let mut payment = payment.ok_or(WishError::Unknown(order_id))?;
    let amount = amount.unwrap_or_else(|| payment.money(payment.standing.authorized));
    payment.amount.minus(amount).map_err(WishError::Currency)?;
    let news = News::of(Fact::CaptureAsked(amount.amount_minor), &reason);
    super::apply(tx, tools, &mut payment, news).await?;
    Ok(payment)
}
