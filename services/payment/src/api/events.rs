//! Events in → commands.

use warung_chassis::{db::Db, events::Consumers};
use warung_contracts::event::{
    GuestForgotten, OrderCancelled, OrderClaimed, RefundRequested, StockReserved, UserDeleted,
};

use super::problems;
use crate::{
    commands::{Tools, cancel, claim, forget, open, refund},
    config::Settings,
};

/// What payment does with the events it hears.
pub fn consumers(db: &Db, tools: &Tools, settings: &Settings) -> Consumers {
    let (t, ttl, capture) = (tools.clone(), settings.ttl, settings.capture);
    let consumers = Consumers::new().on(db, move |tx, reserved: StockReserved| {
        let tools = t.clone();
        Box::pin(async move {
            let input = open::Input { reserved, ttl, capture };
            open::run(tx, &tools, input).await.map_err(problems::event)
        })
    });
    let t = tools.clone();
    let consumers = consumers.on(db, move |tx, event: OrderCancelled| {
        let tools = t.clone();
        Box::pin(async move { cancel::run(tx, &tools, &event).await.map_err(problems::event) })
    });
    let t = tools.clone();
    let consumers = consumers.on(db, move |tx, event: RefundRequested| {
        let tools = t.clone();
        Box::pin(async move { refund::requested(tx, &tools, &event).await.map_err(problems::event_wish) })
    });
    consumers
        .on(db, |tx, event: OrderClaimed| Box::pin(async move { Ok(claim::run(tx, &event).await?) }))
        .on(db, |tx, event: UserDeleted| Box::pin(async move { Ok(forget::run(tx, event.user_id).await?) }))
        .on(db, |tx, event: GuestForgotten| {
            Box::pin(async move { Ok(forget::run(tx, event.user_id).await?) })
        })
}
