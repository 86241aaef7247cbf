//! A payment of an order.

use time::OffsetDateTime;
use warung_contracts::{
    event::NextAction,
    id::{OrderId, PaymentId, UserId},
    money::Money,
};

use super::Standing;

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub user_id: UserId,
    /// Name of the provider.
    pub provider: String,
    /// The provider's token for the customer's means of payment.
    pub token: Option<String>,
    /// What is to be paid.
    pub amount: Money,
    /// How far it is.
    pub standing: Standing,
    /// What the customer has to do, while it is pending.
    pub next_action: Option<NextAction>,
    /// Why it failed, in a word.
    pub failure: Option<String>,
    pub expires_at: OffsetDateTime,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

impl Payment {
    /// An amount of the payment's currency.
    pub fn money(&self, amount_minor: i64) -> Money {
        Money::new(amount_minor, self.amount.currency)
    }
}
