//! Events in → commands.

use warung_chassis::{
    db::{Db, Tx},
    events::{Consumers, EventError},
};
use warung_contracts::{
    event::{
        PaymentExpired, PaymentFailed, PaymentPending, PaymentRefunded, PaymentSucceeded, ShipmentDelivered,
        ShipmentDispatched, StockRejected, StockReserved,
    },
    id::OrderId,
};

use super::problems;
use crate::{
    commands::{
        advance::{self, Detail, Input},
        refund,
    },
    domain::{Actor, Fact},
    metrics::OrderMetrics,
};

/// What order does with the events it hears.
pub fn consumers(db: &Db, metrics: &OrderMetrics) -> Consumers {
    let m = metrics.clone();
    let consumers = Consumers::new().on(db, move |tx, e: StockReserved| {
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
        let input = input(e.order_id, Fact::PaymentSucceeded, Actor::Payment, reason, Detail::Paid(e.amount));
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
        Box::pin(async move { refund::run(tx, e.order_id, e.amount).await.map_err(problems::refund_event) })
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
    consumers.on(db, move |tx, e: ShipmentDelivered| {
        let input = input(e.order_id, Fact::Delivered, Actor::Shipment, "delivered", Detail::None);
        let metrics = m.clone();
        Box::pin(async move { advance(tx, &metrics, input).await })
    })
}

fn input(order_id: OrderId, fact: Fact, actor: Actor, reason: impl Into<String>, detail: Detail) -> Input {
    Input { order_id, fact, actor, reason: reason.into(), detail }
}

async fn advance(tx: &mut Tx, metrics: &OrderMetrics, input: Input) -> Result<(), EventError> {
    advance::run(tx, metrics, input).await.map(drop).map_err(problems::advance_event)
}
