//! What an event says of an order: the fact, whose it is, and a few words for the history.

use time::Duration;
use warung_contracts::{
    event::{
        PaymentAuthorized, PaymentExpired, PaymentFailed, PaymentPending, PaymentSucceeded,
        ShipmentDelivered, ShipmentDispatched, ShipmentFailed, StockRejected, StockReserved,
    },
    id::OrderId,
};

use crate::{
    commands::advance::Input,
    domain::{Actor, Detail, FIRST, Fact},
};

fn input(order_id: OrderId, fact: Fact, actor: Actor, reason: impl Into<String>) -> Input {
    Input { order_id, fact, actor, author: None, reason: reason.into(), detail: Detail::None }
}

impl From<StockReserved> for Input {
    fn from(event: StockReserved) -> Self {
        let StockReserved { order_id, served_from, .. } = event;
        let detail = Detail::SetAside { served_from };
        Self { detail, ..input(order_id, Fact::StockReserved, Actor::Product, "stock is set aside") }
    }
}

impl From<StockRejected> for Input {
    fn from(event: StockRejected) -> Self {
        input(event.order_id, Fact::StockRejected, Actor::Product, "too little stock")
    }
}

impl From<PaymentPending> for Input {
    fn from(event: PaymentPending) -> Self {
        let PaymentPending { next_action: action, provider, retry_until, .. } = event;
        let attempt = event.attempt.unwrap_or(FIRST);
        let detail = Detail::Waits { attempt, action, provider, retry_until };
        Self { detail, ..input(event.order_id, Fact::PaymentPending, Actor::Payment, "the payment waits") }
    }
}

/// The money is set aside until a time of the bank's; the order waits `grace` longer.
pub fn set_aside(event: &PaymentAuthorized, grace: Duration) -> Input {
    let reason = format!("{} is set aside at the bank", event.amount);
    let attempt = event.attempt.unwrap_or(FIRST);
    let detail = Detail::Authorized { attempt, until: event.expires_at, grace };
    Input { detail, ..input(event.order_id, Fact::PaymentPending, Actor::Payment, reason) }
}

impl From<PaymentSucceeded> for Input {
    fn from(event: PaymentSucceeded) -> Self {
        let PaymentSucceeded { provider, amount, partial, overpaid, .. } = &event;
        let reason = match (partial, overpaid) {
            (Some(true), _) => format!("{amount} paid by {provider}, less than the total"),
            (_, Some(true)) => format!("{amount} paid by {provider}, more than the total"),
            _ => format!("paid by {provider}"),
        };
        let detail = Detail::from(&event);
        Self { detail, ..input(event.order_id, Fact::PaymentSucceeded, Actor::Payment, reason) }
    }
}

impl From<PaymentFailed> for Input {
    fn from(event: PaymentFailed) -> Self {
        let PaymentFailed { order_id, reason, retry_until, .. } = event;
        let attempt = event.attempt.unwrap_or(FIRST);
        let (fact, words) = match retry_until {
            Some(_) => {
                (Fact::PaymentPending, format!("the payment failed, and can be tried again: {reason}"))
            }
            None => (Fact::PaymentFailed, format!("the payment failed: {reason}")),
        };
        let detail = Detail::Failed { attempt, reason, retry_until };
        Self { detail, ..input(order_id, fact, Actor::Payment, words) }
    }
}

impl From<PaymentExpired> for Input {
    fn from(event: PaymentExpired) -> Self {
        let detail = Detail::Expired { attempt: event.attempt.unwrap_or(FIRST) };
        let reason = "the time to pay ran out";
        Self { detail, ..input(event.order_id, Fact::PaymentExpired, Actor::Payment, reason) }
    }
}

impl From<ShipmentDispatched> for Input {
    fn from(event: ShipmentDispatched) -> Self {
        let reason = format!("handed to {}", event.carrier);
        let detail = Detail::Tracking { carrier: event.carrier, number: event.tracking_number };
        Self { detail, ..input(event.order_id, Fact::Dispatched, Actor::Shipment, reason) }
    }
}

impl From<ShipmentDelivered> for Input {
    fn from(event: ShipmentDelivered) -> Self {
        let (fact, reason) = match event.remaining.unwrap_or(0) {
            0 => (Fact::Delivered, "delivered".to_owned()),
            left => (Fact::Dispatched, format!("a parcel is delivered, {left} still to come")),
        };
        input(event.order_id, fact, Actor::Shipment, reason)
    }
}

impl From<ShipmentFailed> for Input {
    fn from(event: ShipmentFailed) -> Self {
        let reason = format!("could not be delivered: {}", event.reason);
        input(event.order_id, Fact::Dispatched, Actor::Shipment, reason)
    }
}
