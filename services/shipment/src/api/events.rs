//! Events in → commands.

use warung_chassis::{
    db::Db,
    events::{Consumers, EventError},
};
use warung_contracts::event::{
    GuestForgotten, OrderAddressCorrected, OrderCancelled, OrderClaimed, OrderConfirmed, UserDeleted,
};

use crate::commands::{
    Desk, cancel, claim, create, erase,
    readdress::{self, Error},
};

impl From<Error> for EventError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotPacked(_) => Self::NotYet(error.to_string()),
            Error::Store(error) => error.into(),
        }
    }
}

/// What shipment does with the events it hears.
pub fn consumers(db: &Db, desk: &Desk) -> Consumers {
    let (packer, canceller, sender) = (desk.clone(), desk.clone(), desk.clone());
    Consumers::new()
        .on(db, move |tx, event: OrderConfirmed| {
            let desk = packer.clone();
            Box::pin(async move { Ok(create::run(tx, &desk, event).await?) })
        })
        .on(db, move |tx, event: OrderCancelled| {
            let desk = canceller.clone();
            Box::pin(async move { Ok(cancel::run(tx, &desk, event).await?) })
        })
        .on(db, move |tx, event: OrderAddressCorrected| {
            let desk = sender.clone();
            Box::pin(async move { Ok(readdress::run(tx, &desk, event).await?) })
        })
        .on(db, |tx, event: OrderClaimed| Box::pin(async move { Ok(claim::run(tx, &event).await?) }))
        .on(db, |tx, event: UserDeleted| Box::pin(async move { Ok(erase::run(tx, event.user_id).await?) }))
        .on(db, |tx, event: GuestForgotten| Box::pin(async move { Ok(erase::run(tx, event.user_id).await?) }))
}
