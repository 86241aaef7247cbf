//! Events in → commands.

use warung_chassis::{db::Db, events::Consumers};
use warung_contracts::event::{OrderCancelled, StockReserved};

use super::problems;
use crate::{
    commands::{Tools, cancel, open},
    config::Settings,
};

/// What payment does with the events it hears.
pub fn consumers(db: &Db, tools: &Tools, settings: &Settings) -> Consumers {
    let (t, s) = (tools.clone(), settings.clone());
    let consumers = Consumers::new().on(db, move |tx, reserved: StockReserved| {
        let (tools, ttl) = (t.clone(), s.ttl);
        let known_provider = s.providers.get(&reserved.payment.provider).is_some();
        Box::pin(async move {
            let input = open::Input { reserved, known_provider, ttl };
            open::run(tx, &tools, input).await.map_err(problems::event)
        })
    });
    let t = tools.clone();
    consumers.on(db, move |tx, event: OrderCancelled| {
        let tools = t.clone();
        Box::pin(async move { cancel::run(tx, &tools, event.order_id).await.map_err(problems::event) })
    })
}
