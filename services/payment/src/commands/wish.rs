//! What an administrator wants of a payment: whose wish it is, why, and why it can't be.

use warung_chassis::db::Tx;
use warung_contracts::{
    id::{OrderId, UserId},
    manifest,
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
    /// Grants it: the fact that it comes to is applied to the latest try of the payment, which nobody else changes until
    /// the unit of work ends.
    pub(super) async fn grant(
        self,
        tx: &mut Tx,
        tools: &Tools,
        fact: impl FnOnce(&Payment) -> Result<Fact, WishError>,
    ) -> Result<Payment, WishError> {
        self.grant_to(tx, tools, |_| true, fact).await
    }

    /// The same for the latest try of which this is true, or else the latest of all.
    pub(super) async fn grant_to(
        self,
        tx: &mut Tx,
        tools: &Tools,
        which: impl Fn(&Payment) -> bool,
        fact: impl FnOnce(&Payment) -> Result<Fact, WishError>,
    ) -> Result<Payment, WishError> {
        let mut payment = self.payment(tx, which).await?;
        let fact = fact(&payment)?;
        super::apply(tx, tools, &mut payment, self.news(fact)).await?;
        Ok(payment)
    }

    /// The try that it is about: the latest of which `which` is true, or else the latest of all. Nobody else changes it until
    /// the unit of work ends.
    pub(super) async fn payment(
        self,
        tx: &mut Tx,
        which: impl Fn(&Payment) -> bool,
    ) -> Result<Payment, WishError> {
        let tries = payments::lock_of_order(tx.conn(), self.order_id).await?;
        latest(tries, which).ok_or(WishError::Unknown(self.order_id))
    }
}

/// Of tries in their order the last of which `which` is true, or else the last.
pub(super) fn latest(mut tries: Vec<Payment>, which: impl Fn(&Payment) -> bool) -> Option<Payment> {
    let place = tries.iter().rposition(which).or(tries.len().checked_sub(1))?;
    Some(tries.swap_remove(place))
}

impl<'a> Wish<'a> {
    /// What it comes to, and whose it is.
    pub(super) fn news(self, fact: Fact) -> News<'a> {
        News { author: Some(self.author), ..News::of(fact, self.reason) }
    }
}

/// Minor units of a wanted amount, or else of all of it; an amount is of the payment's currency.
pub(super) fn minor(payment: &Payment, amount: Option<Money>, all: i64) -> Result<i64, WishError> {
    let Some(amount) = amount else { return Ok(all) };
    payment.amount.minus(amount).map_err(WishError::Currency)?;
    Ok(amount.amount_minor)
}

/// Refuses an amount that its provider can't write, before anything is decided.
pub(super) fn written(payment: &Payment, minor: i64) -> Result<i64, WishError> {
    let currency = payment.amount.currency;
    let step = manifest::provider(&payment.provider).map_or(1, |provider| provider.step(currency));
    match minor % step {
        0 => Ok(minor),
        _ => Err(WishError::Uneven(Money::new(step, currency))),
    }
}

/// Why a wish can't be.
#[derive(Debug, thiserror::Error)]
pub enum WishError {
    #[error("the order {0} has no payment")]
    Unknown(OrderId),
    #[error("the amount is of another currency")]
    Currency(#[source] MoneyError),
    #[error("its provider takes only multiples of {0}")]
    Uneven(Money),
    #[error("the refund was not refused, or it has been answered")]
    NotOwed,
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
