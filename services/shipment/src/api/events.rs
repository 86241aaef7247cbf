//! Events in → commands.

use warung_chassis::{db::Db, events::Consumers};
use warung_contracts::event::{GuestForgotten, OrderCancelled, OrderClaimed, OrderConfirmed, UserDeleted};

use crate::commands::{Desk, cancel, claim, create, erase};

/// What shipment does with the events it hears.
pub fn consumers(db: &Db, desk: &Desk) -> Consumers {
    let (packer, canceller) = (desk.clone(), desk.clone());
    Consumers::new()
        .on(db, move |tx, event: OrderConfirmed| {
            let desk = packer.clone();
            Box::pin(async move { Ok(create::run(tx, &desk, event).await?) })
        })
        .on(db, move |tx, event: OrderCancelled| {
            let desk = canceller.clone();
            Box::pin(async move { Ok(cancel::run(tx, &desk, event).await?) })
        })
        .on(db, |tx, event: OrderClaimed| Box::pin(async move { Ok(claim::run(tx, &event).await?) }))
        .on(db, |tx, event: UserDeleted| Box::pin(async move { Ok(erase::run(tx, event.user_id).await?) }))
        .on(db, |tx, event: GuestForgotten| Box::pin(async move { Ok(erase::run(tx, event.user_id).await?) }))
}
