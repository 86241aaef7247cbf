//! An order and its states.

use std::mem;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;
use warung_contracts::{
    event::{
        AppliedCoupon, CancelReason, Contact, NextAction, OrderLine, PaymentChoice, ShippingAddress,
        ShippingChoice, StockPart, Totals,
    },
    id::{OrderId, PaymentId, UserId},
    manifest,
    money::Money,
};

use super::{
    Tries,
    coupon::UsedCoupon,
    guest::{TokenKey, sha256},
    look::Look,
    returns::Paid,
};

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Checked out; stock is being set aside.
    Placed,
    /// Stock is set aside; the payment is under way.
    AwaitingPayment,
    /// Paid.
    Confirmed,
    /// The carrier has it.
    Shipped,
    /// Delivered. The end.
    Completed,
    /// There was too little stock. The end.
    Rejected,
    /// Not paid, called off, or undeliverable. The end.
    Cancelled,
}

warung_contracts::words!(
    State,
    "state of an order",
    Placed = "placed",
    AwaitingPayment = "awaiting_payment",
    Confirmed = "confirmed",
    Shipped = "shipped",
    Completed = "completed",
    Rejected = "rejected",
    Cancelled = "cancelled",
);

impl State {
    /// Whether nothing can follow.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Completed | Self::Rejected | Self::Cancelled)
    }

    /// Whether it can be called off: until the carrier has it.
    pub fn is_cancellable(self) -> bool {
        matches!(self, Self::Placed | Self::AwaitingPayment | Self::Confirmed)
    }

    /// Whether the order still waits for its money.
    pub fn is_unpaid(self) -> bool {
        matches!(self, Self::Placed | Self::AwaitingPayment)
    }
}

/// Who causes a transition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    Customer,
    Staff,
    Admin,
    /// The order's deadline.
    Clock,
    Product,
    Payment,
    Shipment,
}

warung_contracts::words!(
    Actor,
    "actor",
    Customer = "customer",
    Staff = "staff",
    Admin = "admin",
    Clock = "clock",
    Product = "product",
    Payment = "payment",
    Shipment = "shipment",
);

/// How the disputes of an order's payment stand together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderDispute {
    /// One is not decided.
    Open,
    /// All are decided, and the shop keeps the money.
    Won,
    /// All are decided, and the customer keeps what one was about.
    Lost,
}

warung_contracts::words!(OrderDispute, "standing of disputes", Open = "open", Won = "won", Lost = "lost",);

/// A payment that waits for an administrator: the provider reports another amount than was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HeldPayment {
    pub payment_id: PaymentId,
    pub asked: Money,
    /// As the provider reports it, maybe of another currency.
    pub reported: Money,
}

/// A line of an order, and what became of its items since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub sold: OrderLine,
    pub look: Look,
    /// Items that a return, asked for or done, has taken.
    pub returning: u32,
    /// Items whose money went back or is on its way.
    pub refunded_items: u32,
    /// Minor units of it.
    pub refunded: i64,
}

impl Line {
    /// A line as it is sold.
    pub fn new(sold: OrderLine, look: Look) -> Self {
        Self { sold, look, returning: 0, refunded_items: 0, refunded: 0 }
    }

    /// What is paid for it. Lines of orders from before there were discounts and taxes keep none: it is their price.
    pub fn total(&self) -> Money {
        // It was part of the order's total, so it fits.
        let price = || self.sold.unit_price.times(self.sold.quantity).unwrap_or(self.sold.unit_price);
        self.sold.total.unwrap_or_else(price)
    }

    /// Items that can still be sent back.
    pub fn returnable(&self) -> u32 {
        self.sold.quantity.saturating_sub(self.returning)
    }

    /// What was paid for it and what went back.
    pub fn paid(&self) -> Paid {
        let Self { refunded_items, refunded, .. } = *self;
        Paid { total: self.total().amount_minor, quantity: self.sold.quantity, refunded_items, refunded }
    }
}

/// What a guest shows instead of an access token, as hashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestKeys {
    /// SHA-256 of the order's own token; none once an account claimed the order.
    pub access_hash: Option<Vec<u8>>,
    /// SHA-256 of the cart's token, hexadecimal.
    pub cart_hash: String,
}

/// An order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    /// Such as `KOPI-7K3M9-2QXAB`.
    pub number: String,
    pub user_id: UserId,
    /// None for orders of customers who were logged in when they checked out.
    pub guest: Option<GuestKeys>,
    pub state: State,
    pub lines: Vec<Line>,
    pub totals: Totals,
    pub coupons: Vec<UsedCoupon>,
    pub shipping: Option<ShippingChoice>,
    /// From where its items are served, as product said before it was paid; empty where that was not heard.
    pub served_from: Vec<StockPart>,
    /// What payment captured, which may be less or more than the total; none before.
    pub paid: Option<Money>,
    /// What payment gave back so far.
    pub refunded: Money,
    pub payment: PaymentChoice,
    pub next_action: Option<NextAction>,
    pub tries: Tries,
    pub shipping_address: ShippingAddress,
    /// Grows with each change of the address; that of the checkout is 1.
    pub address_version: i64,
    /// As it was given at checkout.
    pub contact: Option<Contact>,
    /// The customer's address: of the contact, else of the account.
    pub email: Option<String>,
    /// Whether its account is gone: what it knows of the person goes too once it has ended.
    pub forget: bool,
    /// The customer's words to the shop.
    pub note: Option<String>,
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
    pub cancel_reason: Option<CancelReason>,
    pub deadline_at: OffsetDateTime,
    pub completed_at: Option<OffsetDateTime>,
    /// Since when it is paid and nothing of it was handed over, as the database keeps it; none when it is not so.
    pub waiting_since: Option<OffsetDateTime>,
    /// What became of it that the customer contests the payment; none where they do not.
    pub dispute: Option<OrderDispute>,
    /// Its payments that wait for an administrator.
    pub held: Vec<HeldPayment>,
    pub created_at: OffsetDateTime,
    pub updated_at: OffsetDateTime,
}

impl Order {
    /// What is paid for it.
    pub fn total(&self) -> Money {
        self.totals.total
    }

    /// What is there to go back: what was paid and did not go back yet. Orders from before payments were kept were paid
    /// in full.
    pub fn unrefunded_minor(&self) -> i64 {
        self.paid.unwrap_or(self.total()).amount_minor - self.refunded.amount_minor
    }

    /// The hash of what its guest shows to see it; none where it is an account's.
    pub fn access_hash(&self) -> Option<&[u8]> {
        self.guest.as_ref()?.access_hash.as_deref()
    }

    /// The least amount that its provider gives back, in minor units, of which every other is a multiple.
    pub fn payment_step(&self) -> i64 {
        let provider = manifest::provider(&self.payment.provider);
        provider.map_or(1, |provider| provider.step(self.total().currency))
    }

    /// The hashes by which others know a guest's cart and the token of the order, hexadecimal; none for customers who were
    /// logged in.
    pub fn guest_hashes(&self) -> (Option<String>, Option<String>) {
        let cart_hash = self.guest.as_ref().map(|guest| guest.cart_hash.clone());
        (cart_hash, self.access_hash().map(hex::encode))
    }

    /// Makes a guest's order an account's, if this is the hash of its token, which opens nothing any more; as whom the guest
    /// was known. None, and nothing happens, where it is another's, or somebody claimed it before.
    pub fn claim(&mut self, account: UserId, token_hash: &[u8]) -> Option<UserId> {
        self.guest.as_mut()?.access_hash.take_if(|hash| hash == token_hash)?;
        Some(mem::replace(&mut self.user_id, account))
    }

    /// What its guest shows to see it; none where it is an account's, or was made with another key than that of now.
    pub fn token(&self, key: &TokenKey) -> Option<String> {
        let token = key.token(self.id);
        (self.access_hash()? == sha256(&token)).then_some(token)
    }

    /// Its lines as they were sold.
    pub fn sold(&self) -> Vec<OrderLine> {
        self.lines.iter().map(|line| line.sold.clone()).collect()
    }

    /// Its money is set aside until then: it waits for as long, and the time that every order has after.
    pub fn wait_for(&mut self, authorized_until: OffsetDateTime, after: Duration) {
        self.deadline_at = self.deadline_at.max(authorized_until + after);
    }

    /// What took something off, as others are told.
    pub fn applied(&self) -> Vec<AppliedCoupon> {
        let told = |used: &UsedCoupon| AppliedCoupon { code: used.code.to_string(), amount: used.amount };
        self.coupons.iter().map(told).collect()
    }

    /// Until when it waits for its money; none when it does not any more.
    pub fn deadline(&self) -> Option<OffsetDateTime> {
        self.state.is_unpaid().then_some(self.deadline_at)
    }
}
