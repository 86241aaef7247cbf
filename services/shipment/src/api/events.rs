//! Events in → commands.

use warung_chassis::{db::Db, events::Consumers};
use warung_contracts::event::{OrderCancelled, OrderConfirmed};

use crate::{
    commands::{cancel, create},
    metrics::ShipmentMetrics,
};

/// What shipment does with the events it hears.
pub fn consumers(db: &Db, metrics: &ShipmentMetrics) -> Consumers {
    let (m, n) = (metrics.clone(), metrics.clone());
    Consumers::new()
        .on(db, move |tx, event: OrderConfirmed| {
            let metrics = m.clone();
            Box::pin(async move { Ok(create::run(tx, &metrics, event).await?) })
        })
        .on(db, move |tx, event: OrderCancelled| {
            let metrics = n.clone();
            Box::pin(async move { Ok(cancel::run(tx, &metrics, event.order_id).await?) })
        })
}
