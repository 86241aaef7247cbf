//! Orders as REST shows them.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_contracts::{
    event::{CancelReason, NextAction, ShippingAddress},
    id::{EventId, OrderId, ProductId, UserId},
    money::Money,
};

use crate::{
    domain::{Action, Order, State},
    store::history::Entry,
};

/// One product of an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Line {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    pub quantity: u32,
    /// What one cost at checkout.
    pub unit_price: Money,
    /// What all of them cost.
    pub total: Money,
}

/// How the order is paid.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Payment {
    pub provider: String,
    /// What the customer has to do, while there is something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_action: Option<NextAction>,
}

/// Where the parcel is known.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Tracking {
    pub carrier: String,
    pub number: String,
}

/// An order of a list.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderSummary {
    pub id: OrderId,
    /// The number people read.
    pub number: String,
    pub state: State,
    pub total: Money,
    /// Items in all.
    pub items: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
}

/// One transition of an order.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HistoryEntry {
    /// Absent for the checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    pub to: String,
    /// customer, admin, clock, product, payment or shipment.
    pub actor: String,
    pub reason: String,
    /// The event that caused it, where one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<EventId>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// An order with everything about it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct OrderDetail {
    pub id: OrderId,
    /// The number people read, such as `KOPI-000042`.
    pub number: String,
    pub user_id: UserId,
    pub state: State,
    pub lines: Vec<Line>,
    pub total: Money,
    /// What went back so far.
    pub refunded: Money,
    pub payment: Payment,
    pub shipping_address: ShippingAddress,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Tracking>,
    /// Why it will not be served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_reason: Option<CancelReason>,
    /// Oldest first.
    pub history: Vec<HistoryEntry>,
    /// What the customer can do now.
    pub actions: Vec<Action>,
    /// An order that is not paid by then is cancelled.
    #[serde(with = "time::serde::rfc3339")]
    pub deadline_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub updated_at: OffsetDateTime,
}

impl OrderSummary {
    /// An order in short.
    pub fn new(order: &Order) -> Self {
        Self {
            id: order.id,
            number: order.number.clone(),
            state: order.state,
            total: order.total,
            items: order.lines.iter().map(|line| u64::from(line.quantity)).sum(),
            created_at: order.created_at,
        }
    }
}

impl OrderDetail {
    /// An order in full.
    pub fn new(order: Order, history: Vec<Entry>) -> Self {
        let actions = order.actions();
        let tracking = order.carrier.zip(order.tracking_number);
        let line = |line: warung_contracts::event::OrderLine| Line {
            // It was part of the total, so it fits.
            total: line.unit_price.times(line.quantity).unwrap_or(line.unit_price),
            product_id: line.product_id,
            sku: line.sku,
            name: line.name,
            quantity: line.quantity,
            unit_price: line.unit_price,
        };
        Self {
            id: order.id,
            number: order.number,
            user_id: order.user_id,
            state: order.state,
            lines: order.lines.into_iter().map(line).collect(),
            total: order.total,
            refunded: order.refunded,
            payment: Payment { provider: order.payment.provider, next_action: order.next_action },
            shipping_address: order.shipping_address,
            tracking: tracking.map(|(carrier, number)| Tracking { carrier, number }),
            cancel_reason: order.cancel_reason,
            history: history.into_iter().map(HistoryEntry::new).collect(),
            actions,
            deadline_at: order.deadline_at,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

impl HistoryEntry {
    fn new(entry: Entry) -> Self {
        let Entry { from_state, to_state, actor, reason, event_id, at } = entry;
        Self { from: from_state, to: to_state, actor, reason, event_id: event_id.map(EventId), at }
    }
}
