//! What is done for an order, by kind.

use serde::{Deserialize, Serialize};

use crate::money::Money;

/// What was done: a word and what there is to know of it. The words stay; kinds and optional fields are added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "details", rename_all = "snake_case")]
pub enum Deed {
    Message(Message),
    Parcel(ParcelMoved),
    Booking(Booking),
    PaymentCall(PaymentCall),
    PaymentReport(PaymentReport),
    PaymentBooked(PaymentBooked),
    PaymentDecision(PaymentDecision),
    PaymentDifference(PaymentDifference),
    PaymentDispute(PaymentDispute),
    Stock(StockMoved),
}

/// Kind `message`: a message about the order, at the time it came to its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// Type of the event that it tells of.
    pub event: String,
    /// `email`, `sms` or `push`.
    pub channel: String,
    /// `customer`, or `staff` for what needs a person of the shop.
    pub reader: String,
    /// Address or number, masked; absent for push, and once its account is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// `pending`, `sent`, `delivered` (the provider says so), `bounced`, `skipped` or `failed`.
    pub state: String,
    /// How often sending was begun.
    pub attempts: u32,
    /// Why it was skipped, in a word; why it failed, came back or waits, in the provider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Kind `parcel`: something that happened to a parcel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ParcelMoved {
    /// Number within the order, from 1.
    pub parcel: u32,
    /// Its state afterwards: `created` (packed), `dispatched`, `recalled`, `failed`, `delivered`, `returned` or `cancelled`.
    pub state: String,
    /// Who carries it.
    pub carrier: String,
    /// Absent until the carrier gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// As the customer reads it; absent once the account is deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it happened, as the carrier says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// Kind `booking`: a carrier was asked to take a parcel, or told that it stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Booking {
    /// Number within the order, from 1.
    pub parcel: u32,
    pub carrier: String,
    /// `booked`, `refused`, or `released`: the carrier knows that the parcel stays.
    pub state: String,
    /// Why the carrier refuses, in its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Kind `payment_call`: a call to a payment provider, at the time of its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentCall {
    /// `open`, `authorize`, `capture`, `void`, `refund`, or `offline`: no call, but money that the shop paid back itself.
    pub call: String,
    /// `none` for orders that cost nothing.
    pub provider: String,
    /// How the customer pays, where that was chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// What was asked for; absent for `void`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// `started`, `done` or `refused`.
    pub state: String,
    /// What the provider said, or why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<String>,
    /// Calls made so far; more than one means that an answer was lost.
    pub tries: u32,
    /// Why it was asked for, in the words of who asked.
    pub reason: String,
}

/// Kind `payment_report`: something that a provider said changed the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentReport {
    pub provider: String,
    /// `webhook`, or `reconciliation`: the books were compared with the provider's.
    pub by: String,
    /// The provider's id of the webhook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<String>,
    /// State of the payment before and afterwards.
    pub from: String,
    pub to: String,
    /// What the provider said when it was asked.
    pub outcome: String,
}

/// Kind `payment_booked`: money came in, a provider kept some of it, or a dispute took or gave back. What went back is a
/// `payment_call`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentBooked {
    /// `capture`, `fee`, `chargeback` or `reinstatement`.
    pub movement: String,
    pub provider: String,
    pub amount: Money,
}

/// Kind `payment_decision`: an administrator decided about the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentDecision {
    /// `capture`, `void`, `refund`, `offline` (the shop paid it back itself), or what becomes of an amount that differs:
    /// `accept`, `return`, `settled`.
    pub deed: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// In the words of who decided.
    pub reason: String,
}

/// Kind `payment_difference`: the books and the provider disagree, and a person has to look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentDifference {
    /// In a word, such as `amount_differs`.
    pub difference: String,
    /// What the books say and what the provider says.
    pub detail: String,
    /// Whether it is over.
    pub resolved: bool,
}

/// Kind `payment_dispute`: the customer contests the payment, or that was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PaymentDispute {
    pub provider: String,
    /// The provider's id of it.
    pub reference: String,
    /// What is contested.
    pub amount: Money,
    /// Why, in the provider's word.
    pub reason: String,
    /// `opened`, `won` or `lost`.
    pub state: String,
}

/// Kind `stock`: goods were set aside, sold, or came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockMoved {
    /// `reserved`, `rejected` (too little was there), `committed` (sold), `taken` (sold without having been set aside),
    /// `released`, `expired`, `returned` (the order was called off after it was sold) or `restocked` (the customer sent it
    /// back).
    pub movement: String,
    /// Why goods are free again, where an order's end was why: its `cancel_reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Empty when nothing moved.
    pub items: Vec<StockItem>,
}

/// Goods at a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockItem {
    pub sku: String,
    pub quantity: u32,
    /// Code of the place.
    pub location: String,
}
