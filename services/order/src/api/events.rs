//! Events in → commands.

mod moves;

use time::Duration;
use warung_chassis::{
    db::{Db, Tx},
    events::{Consumers, EventError, Group, Heard},
};
use warung_contracts::event::{
    PaymentAuthorized, PaymentDecided, PaymentDisputeClosed, PaymentDisputed, PaymentExpired, PaymentFailed,
    PaymentHeld, PaymentHoldEnded, PaymentPending, PaymentRefunded, PaymentSucceeded, RefundFailed,
    ShipmentAddressKept, ShipmentChanged, ShipmentDelivered, ShipmentDispatched, ShipmentFailed,
    ShipmentRecalled, ShipmentReturned, StockRejected, StockReserved, UserDeleted,
};

use super::problems;
use crate::{
    commands::{
        advance::{self, Input},
        came_back, erase, hear, keep_address, refund,
    },
    config::Settings,
    metrics::OrderMetrics,
    store::parcels,
};

/// What order does with the events it hears.
pub fn consumers(db: &Db, metrics: &OrderMetrics, settings: &Settings) -> Consumers {
    let consumers = Consumers::new()
        .on(db, |tx, e: UserDeleted| Box::pin(async move { Ok(erase::run(tx, e.user_id).await?) }));
    let metrics_of_moves = metrics.clone();
    let consumers = consumers.on_group(db, moves(settings.deadline), move |tx, told| {
        Box::pin(advance(tx, metrics_of_moves.clone(), told))
    });
    let consumers = consumers.on_group(db, Group::default().with::<ShipmentChanged>(), |tx, told| {
        Box::pin(keep_parcels(tx, told))
    });
    let consumers = consumers.on(db, |tx, e: ShipmentAddressKept| {
        Box::pin(async move { keep_address::run(tx, e).await.map_err(problems::refund_event) })
    });
    came_back(decisions(refunds(consumers, db), db), db, metrics)
}

/// Events that move an order from state to state; the money of one that is set aside at a bank may take `grace` longer
/// than the bank says. Those of many orders are handled in one go.
fn moves(grace: Duration) -> Group<Input> {
    Group::default()
        .with::<StockReserved>()
        .with::<StockRejected>()
        .with::<PaymentPending>()
        .reading(move |event: PaymentAuthorized| moves::set_aside(&event, grace))
        .with::<PaymentSucceeded>()
        .with::<PaymentFailed>()
        .with::<PaymentExpired>()
        .with::<ShipmentDispatched>()
        .with::<ShipmentDelivered>()
        .with::<ShipmentFailed>()
}

async fn advance(tx: &mut Tx, metrics: OrderMetrics, told: Vec<Heard<Input>>) -> Result<(), EventError> {
    advance::run(tx, &metrics, told).await.map_err(problems::advance_event)
}

/// What parcels are now moves no order: what happens to them is told beside it.
async fn keep_parcels(tx: &mut Tx, told: Vec<Heard<ShipmentChanged>>) -> Result<(), EventError> {
    let told: Vec<ShipmentChanged> = told.into_iter().map(|heard| heard.event).collect();
    Ok(parcels::keep(tx.conn(), &told).await?)
}

fn refunds(consumers: Consumers, db: &Db) -> Consumers {
    let consumers = consumers.on(db, |tx, e: PaymentRefunded| {
        let PaymentRefunded { order_id, payment_id, amount, refund_id, .. } = e;
        let offline = e.offline == Some(true);
        let input = refund::Input { order_id, payment_id, amount, refund_id, offline };
        Box::pin(async move { refund::done(tx, input).await.map_err(problems::refund_event) })
    });
    consumers.on(db, |tx, e: RefundFailed| {
        let RefundFailed { order_id, payment_id, amount, refund_id, .. } = e;
        let input = refund::Input { order_id, payment_id, amount, refund_id, offline: false };
        Box::pin(async move { refund::failed(tx, input, &e.reason).await.map_err(problems::refund_event) })
    })
}

/// What is a line of the timeline or a mark for staff, and moves no order.
fn decisions(consumers: Consumers, db: &Db) -> Consumers {
    let consumers = consumers.on(db, |tx, e: PaymentDecided| {
        Box::pin(async move { hear::decided(tx, &e).await.map_err(problems::refund_event) })
    });
    let consumers = consumers.on(db, |tx, e: PaymentDisputed| {
        Box::pin(async move { hear::disputed(tx, &e).await.map_err(problems::refund_event) })
    });
    let consumers = consumers.on(db, |tx, e: PaymentDisputeClosed| {
        Box::pin(async move { hear::dispute_closed(tx, &e).await.map_err(problems::refund_event) })
    });
    let consumers = consumers.on(db, |tx, e: ShipmentRecalled| {
        Box::pin(async move { hear::recalled(tx, &e).await.map_err(problems::refund_event) })
    });
    let consumers = consumers.on(db, |tx, e: PaymentHeld| {
        Box::pin(async move { hear::held(tx, &e).await.map_err(problems::refund_event) })
    });
    consumers.on(db, |tx, e: PaymentHoldEnded| {
        Box::pin(async move { hear::hold_ended(tx, &e).await.map_err(problems::refund_event) })
    })
}

fn came_back(consumers: Consumers, db: &Db, metrics: &OrderMetrics) -> Consumers {
    let metrics = metrics.clone();
    consumers.on(db, move |tx, e: ShipmentReturned| {
        let metrics = metrics.clone();
        Box::pin(async move { came_back::run(tx, &metrics, e).await.map_err(problems::came_back_event) })
    })
}
