//! Events in → commands.

use warung_chassis::{
    db::{Db, Tx},
    events::{Consumers, EventError},
};
use warung_contracts::{
    event::{
        PaymentAuthorized, PaymentExpired, PaymentFailed, PaymentPending, PaymentRefunded, PaymentSucceeded,
        RefundFailed, ShipmentDelivered, ShipmentDispatched, ShipmentFailed, ShipmentReturned, StockRejected,
        StockReserved, UserDeleted,
    },
    id::OrderId,
};

use super::problems;
use crate::{
    commands::{
        advance::{self, Detail, Input},
        came_back, erase, refund,
    },
    domain::{Actor, Fact},
    metrics::OrderMetrics,
};

/// What order does with the events it hears.
pub fn consumers(db: &Db, metrics: &OrderMetrics) -> Consumers {
    let m = metrics.clone();
    let consumers = Consumers::new()
        .on(db, |tx, e: UserDeleted| Box::pin(async move { Ok(erase::run(tx, e.user_id).await?) }));
    let consumers = consumers.on(db, move |tx, e: StockReserved| {
        let input =
            input(e.order_id, Fact::StockReserved, Actor::Product, "stock is set aside", Detail::None);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: StockRejected| {
        let input = input(e.order_id, Fact::StockRejected, Actor::Product, "too little stock", Detail::None);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: PaymentPending| {
        let detail = Detail::NextAction(e.next_action);
        let input = input(e.order_id, Fact::PaymentPending, Actor::Payment, "the payment waits", detail);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: PaymentSucceeded| {
        let reason = format!("paid by {}", e.provider);
        let detail = Detail::Paid { amount: e.amount, partial: e.partial == Some(true) };
        let input = input(e.order_id, Fact::PaymentSucceeded, Actor::Payment, reason, detail);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: PaymentFailed| {
        let reason = format!("the payment failed: {}", e.reason);
        let input = input(e.order_id, Fact::PaymentFailed, Actor::Payment, reason, Detail::None);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: PaymentExpired| {
        let reason = "the time to pay ran out";
        let input = input(e.order_id, Fact::PaymentExpired, Actor::Payment, reason, Detail::None);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let consumers = consumers.on(db, |tx, e: PaymentRefunded| {
        let input = refund::Input { order_id: e.order_id, amount: e.amount, refund_id: e.refund_id };
        Box::pin(async move { refund::done(tx, input).await.map_err(problems::refund_event) })
    });
    let consumers = consumers.on(db, |tx, e: RefundFailed| {
        let input = refund::Input { order_id: e.order_id, amount: e.amount, refund_id: e.refund_id };
        Box::pin(async move { refund::failed(tx, input, &e.reason).await.map_err(problems::refund_event) })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: PaymentAuthorized| {
        let reason = format!("{} is set aside at the bank", e.amount);
        let input = input(e.order_id, Fact::PaymentPending, Actor::Payment, reason, Detail::None);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: ShipmentDispatched| {
        let reason = format!("handed to {}", e.carrier);
        let detail = Detail::Tracking { carrier: e.carrier, number: e.tracking_number };
        let input = input(e.order_id, Fact::Dispatched, Actor::Shipment, reason, detail);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: ShipmentDelivered| {
        let (fact, reason) = match e.remaining.unwrap_or(0) {
            0 => (Fact::Delivered, "delivered".to_owned()),
            left => (Fact::Dispatched, format!("a parcel is delivered, {left} still to come")),
        };
        let input = input(e.order_id, fact, Actor::Shipment, reason, Detail::None);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    let consumers = consumers.on(db, move |tx, e: ShipmentFailed| {
        let reason = format!("could not be delivered: {}", e.reason);
        let input = input(e.order_id, Fact::Dispatched, Actor::Shipment, reason, Detail::None);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    });
    let m = metrics.clone();
    consumers.on(db, move |tx, e: ShipmentReturned| {
        let metrics = m.clone();
        Box::pin(async move { came_back::run(tx, &metrics, e).await.map_err(problems::advance_event) })
    })
}

fn input(order_id: OrderId, fact: Fact, actor: Actor, reason: impl Into<String>, detail: Detail) -> Input {
    Input { order_id, fact, actor, reason: reason.into(), detail }
}

async fn advance(tx: &mut Tx, metrics: &OrderMetrics, input: Input) -> Result<(), EventError> {
    advance::run(tx, metrics, input).await.map(drop).map_err(problems::advance_event)
}
