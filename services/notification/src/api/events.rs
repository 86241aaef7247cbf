//! Events in.

use std::sync::Arc;

use tokio::sync::Notify;
use warung_chassis::{
    db::{Db, Tx},
    events::{Consumers, EventError},
};
use warung_contracts::event::{
    OrderCancelled, OrderConfirmed, OrderPlaced, PaymentPending, PaymentRefunded, ShipmentDelivered,
    ShipmentDispatched, UserRegistered,
};

use crate::{
    commands::note,
    domain::{notice::Notice, template::Templates},
    store,
};

/// What messages are written with.
pub struct Desk {
    pub templates: Templates,
    /// Name of the shop.
    pub shop: String,
    /// Wakes the sending job.
    pub wake: Arc<Notify>,
}

/// What notification does with events.
pub fn consumers(db: &Db, desk: Desk) -> Consumers {
    let desk = Arc::new(desk);
    let registered = desk.clone();
    let consumers = Consumers::new().on::<UserRegistered, _>(db, move |tx, event| {
        let desk = registered.clone();
        Box::pin(async move {
            let now = tx.now();
            store::contacts::insert(tx.conn(), &event, now).await?;
            tell(tx, event, &desk).await
        })
    });
    let consumers = on::<OrderPlaced>(consumers, db, &desk);
    let consumers = on::<OrderConfirmed>(consumers, db, &desk);
    let consumers = on::<OrderCancelled>(consumers, db, &desk);
    let consumers = on::<PaymentPending>(consumers, db, &desk);
    let consumers = on::<PaymentRefunded>(consumers, db, &desk);
    let consumers = on::<ShipmentDispatched>(consumers, db, &desk);
    on::<ShipmentDelivered>(consumers, db, &desk)
}

fn on<N: Notice>(consumers: Consumers, db: &Db, desk: &Arc<Desk>) -> Consumers {
    let desk = desk.clone();
    consumers.on::<N, _>(db, move |tx, event| {
        let desk = desk.clone();
        Box::pin(async move { tell(tx, event, &desk).await })
    })
}

async fn tell<N: Notice>(tx: &mut Tx, notice: N, desk: &Desk) -> Result<(), EventError> {
    note::run(tx, &notice, &desk.templates, &desk.shop).await?;
    let wake = desk.wake.clone();
    tx.after_commit(move || wake.notify_one());
    Ok(())
}
