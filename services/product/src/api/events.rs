//! Events of order, and of this service → commands.

use warung_chassis::{
    db::Tx,
    events::{Consumers, EventError, Group, Heard},
};
use warung_contracts::event::{
    ItemsReturned, OrderCancelled, OrderConfirmed, OrderPlaced, PaymentAuthorized, ProductChanged,
    TaxClassChanged,
};

use super::App;
use crate::{
    commands::{
        follow_order::{self, Told},
        restock, tax_class,
    },
    store::documents,
};

/// The handlers. Orders for the same products lock the same rows: those that come together are served in one go.
pub fn consumers(app: &App) -> Consumers {
    let (orders, returned, changed) = (app.clone(), app.clone(), app.clone());
    let ttl = app.config.reservation_ttl;
    let fates = Group::default().with::<OrderPlaced>().with::<OrderConfirmed>().with::<OrderCancelled>();
    Consumers::new()
        .on_group(&app.db, fates, move |tx, told| Box::pin(follow(orders.clone(), tx, told)))
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
        .on(&app.db, move |tx, event: TaxClassChanged| {
            Box::pin(async move { Ok(tax_class::note(tx, &event).await?) })
        })
        .on(&app.db, move |tx, event: ProductChanged| Box::pin(index(changed.clone(), tx, event)))
        .singly()
}

async fn follow(app: App, tx: &mut Tx, told: Vec<Heard<Told>>) -> Result<(), EventError> {
    let outcome = follow_order::run(tx, &told, app.config.reservation_ttl).await?;
    app.note(tx, outcome);
    Ok(())
}

/// The read model follows what this service itself told.
async fn index(app: App, tx: &mut Tx, event: ProductChanged) -> Result<(), EventError> {
    let now = tx.now();
    documents::index(tx.conn(), &[event.product_id], now).await?;
    tx.after_commit(move || app.cache.forget_lists());
    Ok(())
}
