//! An administrator gives money back.

use warung_chassis::db::Tx;
use warung_contracts::{
    id::OrderId,
    money::{Money, MoneyError},
};

use super::{News, Tools};
use crate::{
    domain::{Fact, Payment, Refusal},
    store::payments,
};

/// What goes back.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    /// All that can, when left out.
    pub amount: Option<Money>,
    pub reason: String,
}

/// Why it can't.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the order {0} has no payment")]
    Unknown(OrderId),
    #[error("the amount is of another currency")]
    Currency(#[source] MoneyError),
    #[error(transparent)]
    Refused(Refusal),
    #[error("the store failed")]
    Store(#[source] sqlx::Error),
}

/// Decides a refund; the provider is asked after the commit.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, tools: &Tools, input: Input) -> Result<Payment, Error> {
    let Input { order_id, amount, reason } = input;
    let payment = payments::lock_of_order(tx.conn(), order_id).await.map_err(Error::Store)?;
    let mut payment = payment.ok_or(Error::Unknown(order_id))?;
    let amount = amount.unwrap_or_else(|| payment.money(payment.standing.refundable()));
    payment.amount.minus(amount).map_err(Error::Currency)?;
    let news = News { fact: Fact::RefundAsked(amount.amount_minor), reason: &reason, attempt: None };
    super::apply(tx, tools, &mut payment, news).await.map_err(|error| match error {
        super::Error::Refused(refusal) => Error::Refused(refusal),
        super::Error::Store(error) => Error::Store(error),
    })?;
    Ok(payment)
}
