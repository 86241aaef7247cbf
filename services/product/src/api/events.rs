//! Events of order, and of this service → commands.

use warung_chassis::{
    db::Tx,
    events::{Consumers, EventError},
};
use warung_contracts::{
    event::{ItemsReturned, OrderCancelled, OrderConfirmed, OrderPlaced, PaymentAuthorized, ProductChanged},
    id::OrderId,
};

use super::App;
use crate::{
    commands::{follow_order, restock},
    domain::reservation::Fact,
    store::documents,
};

/// The handlers. Orders for the same products lock the same rows.
pub fn consumers(app: &App) -> Consumers {
    let (placed, confirmed, cancelled) = (app.clone(), app.clone(), app.clone());
    let (returned, changed) = (app.clone(), app.clone());
    let ttl = app.config.reservation_ttl;
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
        .on(&app.db, move |tx, event: PaymentAuthorized| {
            Box::pin(
                async move { Ok(follow_order::authorized(tx, event.order_id, event.expires_at, ttl).await?) },
            )
        })
        .on(&app.db, move |tx, event: ItemsReturned| {
            let app = returned.clone();
            Box::pin(async move {
                let moved = restock::run(tx, &event).await?;
                app.forget(tx, &moved);
                Ok(())
            })
        })
        .on(&app.db, move |tx, event: ProductChanged| Box::pin(index(changed.clone(), tx, event)))
        .singly()
}

async fn heard(app: App, tx: &mut Tx, order_id: OrderId, fact: Fact) -> Result<(), EventError> {
    let outcome = follow_order::heard(tx, order_id, fact).await?;
    app.note(tx, &outcome);
    Ok(())
}

/// The read model follows what this service itself told.
async fn index(app: App, tx: &mut Tx, event: ProductChanged) -> Result<(), EventError> {
    let now = tx.now();
    documents::index(tx.conn(), &[event.product_id], now).await?;
    tx.after_commit(move || app.cache.forget_lists());
    Ok(())
}
