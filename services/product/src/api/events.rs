//! Events of order → commands.

use warung_chassis::{
    db::Tx,
    events::{Consumers, EventError},
};
use warung_contracts::{
    event::{OrderCancelled, OrderConfirmed, OrderPlaced},
    id::OrderId,
};

use super::App;
use crate::{commands::follow_order, domain::reservation::Fact};

/// The handlers. Orders for the same products lock the same rows.
pub fn consumers(app: &App) -> Consumers {
    let (placed, confirmed, cancelled) = (app.clone(), app.clone(), app.clone());
    Consumers::new()
        .on(&app.db, move |tx, event: OrderPlaced| {
            let app = placed.clone();
            Box::pin(async move {
                let outcome = follow_order::placed(tx, event, app.config.reservation_ttl).await?;
                app.note(tx, &outcome);
                Ok(())
            })
        })
        .on(&app.db, move |tx, event: OrderConfirmed| {
            Box::pin(heard(confirmed.clone(), tx, event.order_id, Fact::Confirmed))
        })
        .on(&app.db, move |tx, event: OrderCancelled| {
            Box::pin(heard(cancelled.clone(), tx, event.order_id, Fact::Cancelled))
        })
        .singly()
}

async fn heard(app: App, tx: &mut Tx, order_id: OrderId, fact: Fact) -> Result<(), EventError> {
    let outcome = follow_order::heard(tx, order_id, fact).await?;
    app.note(tx, &outcome);
    Ok(())
}
