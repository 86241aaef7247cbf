//! Events in → commands.

mod moves;

use time::Duration;
use warung_chassis::{
    db::{Db, Tx},
    events::{Consumers, EventError},
};
use warung_contracts::event::{
    Event, PaymentAuthorized, PaymentExpired, PaymentFailed, PaymentPending, PaymentRefunded,
    PaymentSucceeded, RefundFailed, ShipmentDelivered, ShipmentDispatched, ShipmentFailed, ShipmentReturned,
    StockRejected, StockReserved, UserDeleted,
};

use super::problems;
use crate::{
    commands::{
        advance::{self, Input},
        came_back, erase, refund,
    },
    config::Settings,
    metrics::OrderMetrics,
};

/// What order does with the events it hears.
pub fn consumers(db: &Db, metrics: &OrderMetrics, settings: &Settings) -> Consumers {
    let consumers = Consumers::new()
        .on(db, |tx, e: UserDeleted| Box::pin(async move { Ok(erase::run(tx, e.user_id).await?) }));
    let consumers = set_aside(moved(consumers, db, metrics), db, metrics, settings.deadline);
    came_back(refunds(consumers, db), db, metrics)
}

/// Events that move an order from state to state.
fn moved(consumers: Consumers, db: &Db, metrics: &OrderMetrics) -> Consumers {
    let consumers = on::<StockReserved>(consumers, db, metrics);
    let consumers = on::<StockRejected>(consumers, db, metrics);
    let consumers = on::<PaymentPending>(consumers, db, metrics);
    let consumers = on::<PaymentSucceeded>(consumers, db, metrics);
    let consumers = on::<PaymentFailed>(consumers, db, metrics);
    let consumers = on::<PaymentExpired>(consumers, db, metrics);
    let consumers = on::<ShipmentDispatched>(consumers, db, metrics);
    let consumers = on::<ShipmentDelivered>(consumers, db, metrics);
    on::<ShipmentFailed>(consumers, db, metrics)
}

/// Moves the order that `E` speaks of.
fn on<E>(consumers: Consumers, db: &Db, metrics: &OrderMetrics) -> Consumers
where
    E: Event + Into<Input>,
{
    let metrics = metrics.clone();
    consumers.on(db, move |tx, event: E| Box::pin(advance(tx, metrics.clone(), event.into())))
}

/// Money that is set aside: the order waits for it, and this much longer.
fn set_aside(consumers: Consumers, db: &Db, metrics: &OrderMetrics, grace: Duration) -> Consumers {
    let metrics = metrics.clone();
    consumers.on(db, move |tx, event: PaymentAuthorized| {
        Box::pin(advance(tx, metrics.clone(), moves::set_aside(&event, grace)))
    })
}

async fn advance(tx: &mut Tx, metrics: OrderMetrics, input: Input) -> Result<(), EventError> {
    advance::run(tx, &metrics, input).await.map(drop).map_err(problems::advance_event)
}

fn refunds(consumers: Consumers, db: &Db) -> Consumers {
    let consumers = consumers.on(db, |tx, e: PaymentRefunded| {
        let input = refund::Input { order_id: e.order_id, amount: e.amount, refund_id: e.refund_id };
        Box::pin(async move { refund::done(tx, input).await.map_err(problems::refund_event) })
    });
    consumers.on(db, |tx, e: RefundFailed| {
        let input = refund::Input { order_id: e.order_id, amount: e.amount, refund_id: e.refund_id };
        Box::pin(async move { refund::failed(tx, input, &e.reason).await.map_err(problems::refund_event) })
    })
}

fn came_back(consumers: Consumers, db: &Db, metrics: &OrderMetrics) -> Consumers {
    let metrics = metrics.clone();
    consumers.on(db, move |tx, e: ShipmentReturned| {
        let metrics = metrics.clone();
        Box::pin(async move { came_back::run(tx, &metrics, e).await.map_err(problems::came_back_event) })
    })
}
