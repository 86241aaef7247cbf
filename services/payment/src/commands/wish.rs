//! What an administrator wants of a payment: whose wish it is, why, and why it can't be.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, UserId};

use super::{Error, News};
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

impl<'a> Wish<'a> {
    /// The payment it is about; nobody else changes it until the unit of work ends.
    pub(super) async fn payment(&self, tx: &mut Tx) -> Result<Payment, WishError> {
        let payment = payments::lock_of_order(tx.conn(), self.order_id).await?;
        payment.ok_or(WishError::Unknown(self.order_id))
    }

    /// A fact that it brings about.
    pub(super) fn news(&self, fact: Fact) -> News<'a> {
        News { author: Some(self.author), ..News::of(fact, self.reason) }
    }
}

/// Why a wish can't be.
#[derive(Debug, thiserror::Error)]
pub enum WishError {
    #[error("the order {0} has no payment")]
    Unknown(OrderId),
    #[error("the amount is of another currency")]
    Currency(#[source] warung_contracts::money::MoneyError),
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
