//! A try of an order's payment.

use time::OffsetDateTime;
use warung_contracts::{
    event::{NextAction, PaymentChoice, PaymentSucceeded},
    id::{OrderId, PaymentId, UserId},
    money::Money,
};

use super::{Capture, Hidden, Standing, Way, ledger::Revenue};

/// A try of an order's payment; most orders have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    /// The order's number that people read; none where it was not told.
    pub order_number: Option<String>,
    /// Which try of the order's payment it is, from 1.
    pub attempt: u32,
    pub user_id: UserId,
    /// SHA-256 (hexadecimal) of the token with which a guest reads it; none for orders of accounts.
    pub order_token_hash: Option<String>,
    /// Name of the provider.
    pub provider: String,
    /// The provider's token for the customer's means of payment.
    pub token: Option<Hidden>,
    /// How to pay, in a word such as `card` or `qris`; the provider chooses when none.
    pub method: Option<String>,
    /// Where the provider sends the customer back.
    pub return_url: Option<String>,
    /// The provider's id of it, once it has told one.
    pub reference: Option<String>,
    /// What a webhook reported as paid, of a provider that does not tell when it is asked.
    pub reported: Option<Money>,
    /// With it the customer's browser confirms the payment at the provider.
    pub client_secret: Option<Hidden>,
    /// What is to be paid, 0 or more.
    pub amount: Money,
    /// What the amount is made of.
    pub revenue: Revenue,
    /// How far it is.
    pub standing: Standing,
    /// What the customer has to do, while it is pending.
    pub next_action: Option<NextAction>,
    /// Why it failed, in a word.
    pub failure: Option<String>,
    /// While it is open: when it is ended.
    pub expires_at: OffsetDateTime,
    /// Until when another try may follow; none where none may, any more.
    pub retry_until: Option<OffsetDateTime>,
    /// The way of the next try, while this one is being called off for it.
    pub next: Option<Way>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

impl Payment {
    /// A payment that nobody is asked for yet, and whose time is over at once.
    pub fn of_order(id: PaymentId, order: (OrderId, UserId), amount: Money, now: OffsetDateTime) -> Self {
        let (order_id, user_id) = order;
        Self {
            id,
            order_id,
            order_number: None,
            attempt: 1,
            user_id,
            order_token_hash: None,
            provider: PaymentChoice::NOBODY.to_owned(),
            token: None,
            method: None,
            return_url: None,
            reference: None,
            reported: None,
            client_secret: None,
            amount,
            revenue: Revenue::of(amount, None),
            standing: Standing::opening(amount, Capture::Automatic),
            next_action: None,
            failure: None,
            expires_at: now,
            retry_until: None,
            next: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The same, to be paid in this way.
    #[must_use]
    pub fn paid_by(self, way: Way) -> Self {
        let Way { provider, token, method, return_url } = way;
        Self { provider, token, method, return_url, ..self }
    }

    /// An amount of the payment's currency.
    pub fn money(&self, amount_minor: i64) -> Money {
        Money::new(amount_minor, self.amount.currency)
    }

    /// What the others hear of money that was captured: how much, and how that compares with what was asked.
    pub fn succeeded(&self) -> PaymentSucceeded {
        let (captured, asked) = (self.standing.captured, self.amount.amount_minor);
        PaymentSucceeded {
            order_id: self.order_id,
            payment_id: self.id,
            user_id: self.user_id,
            amount: self.money(captured),
            provider: self.provider.clone(),
            attempt: Some(self.attempt),
            partial: (captured < asked).then_some(true),
            overpaid: (captured > asked).then_some(true),
        }
    }
}
