//! What an administrator wants of a payment: whose wish it is, why, and why it can't be.

use warung_chassis::db::Tx;
use warung_contracts::{
    id::{OrderId, UserId},
    money::{Money, MoneyError},
};

use super::{Error, News, Tools};
use crate::{
    domain::{Fact, Payment, Refusal},
    store::payments,
};

/// Whose wish it is, about which order's payment, and why.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub order_id: OrderId,
    pub author: UserId,
    pub reason: &'a str,
}

impl Wish<'_> {
    /// Grants it: the fact that it comes to is applied to the payment, which nobody else changes until the unit of work
    /// ends.
    pub(super) async fn grant(
        self,
        tx: &mut Tx,
        tools: &Tools,
        fact: impl FnOnce(&Payment) -> Result<Fact, WishError>,
    ) -> Result<Payment, WishError> {
        let payment = payments::lock_of_order(tx.conn(), self.order_id).await?;
        let mut payment = payment.ok_or(WishError::Unknown(self.order_id))?;
        let fact = fact(&payment)?;
        let news = News { author: Some(self.author), ..News::of(fact, self.reason) };
        super::apply(tx, tools, &mut payment, news).await?;
        Ok(payment)
    }
}

/// Minor units of a wanted amount, or else of all of it; an amount is of the payment's currency.
pub(super) fn minor(payment: &Payment, amount: Option<Money>, all: i64) -> Result<i64, WishError> {
    let Some(amount) = amount else { return Ok(all) };
    payment.amount.minus(amount).map_err(WishError::Currency)?;
    Ok(amount.amount_minor)
}

/// Why a wish can't be.
#[derive(Debug, thiserror::Error)]
pub enum WishError {
    #[error("the order {0} has no payment")]
    Unknown(OrderId),
    #[error("the amount is of another currency")]
    Currency(#[source] MoneyError),
    #[error(transparent)]
    Refused(Refusal),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

impl From<Error> for WishError {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::Store(error) => Self::Store(error),
        }
    }
}
