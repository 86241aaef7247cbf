//! Events in.

use std::sync::Arc;

use tokio::sync::Notify;
use warung_chassis::{
    db::{Db, Tx},
    events::{Consumers, EventError},
};
use warung_contracts::event::{
    EmailChanged, EmailVerificationRequested, OrderCancelled, OrderConfirmed, OrderPlaced, PasswordChanged,
    PasswordResetRequested, PaymentPending, PaymentRefunded, ProfileChanged, RefundFailed, ShipmentDelivered,
    ShipmentDispatched, ShipmentFailed, ShipmentReturned, UserDeleted, UserRegistered,
};

use crate::{
    commands::note::{self, Desk},
    domain::notice::Notice,
    store::contacts,
};

/// Writes messages and wakes the job that sends them.
#[derive(Clone)]
struct Teller {
    desk: Arc<Desk>,
    wake: Arc<Notify>,
}

/// What notification does with events.
pub fn consumers(db: &Db, desk: &Arc<Desk>, wake: &Arc<Notify>) -> Consumers {
    let teller = Teller { desk: desk.clone(), wake: wake.clone() };
    let consumers = people(Consumers::new(), db, &teller);
    let consumers = teller.on::<EmailVerificationRequested>(consumers, db);
    let consumers = teller.on::<PasswordResetRequested>(consumers, db);
    let consumers = teller.on::<PasswordChanged>(consumers, db);
    let consumers = teller.on::<OrderPlaced>(consumers, db);
    let consumers = teller.on::<OrderConfirmed>(consumers, db);
    let consumers = teller.on::<OrderCancelled>(consumers, db);
    let consumers = teller.on::<PaymentPending>(consumers, db);
    let consumers = teller.on::<PaymentRefunded>(consumers, db);
    let consumers = teller.on::<RefundFailed>(consumers, db);
    let consumers = teller.on::<ShipmentDispatched>(consumers, db);
    let consumers = teller.on::<ShipmentDelivered>(consumers, db);
    let consumers = teller.on::<ShipmentFailed>(consumers, db);
    teller.on::<ShipmentReturned>(consumers, db)
}

/// Who people are: contacts come, change and go.
fn people(consumers: Consumers, db: &Db, teller: &Teller) -> Consumers {
    let (registered, moved) = (teller.clone(), teller.clone());
    consumers
        .on::<UserRegistered, _>(db, move |tx, event| {
            let teller = registered.clone();
            Box::pin(async move {
                let now = tx.now();
                contacts::insert(tx.conn(), event.user_id, &contacts::of(&event), now).await?;
                teller.tell(tx, event).await
            })
        })
        .on::<EmailChanged, _>(db, move |tx, event| {
            let teller = moved.clone();
            Box::pin(async move {
                contacts::update_email(tx.conn(), event.user_id, &event.email).await?;
                teller.tell(tx, event).await
            })
        })
        .on::<ProfileChanged, _>(db, |tx, event| {
            Box::pin(async move {
                match contacts::update_profile(tx.conn(), &event).await? {
                    true => Ok(()),
                    false => {
                        Err(EventError::NotYet(format!("the contact of {} is not known yet", event.user_id)))
                    }
                }
            })
        })
        .on::<UserDeleted, _>(db, |tx, event| {
            Box::pin(async move {
                let now = tx.now();
                Ok(contacts::erase(tx.conn(), event.user_id, now).await?)
            })
        })
}

impl Teller {
    fn on<N: Notice>(&self, consumers: Consumers, db: &Db) -> Consumers {
        let teller = self.clone();
        consumers.on::<N, _>(db, move |tx, event| {
            let teller = teller.clone();
            Box::pin(async move { teller.tell(tx, event).await })
        })
    }

    async fn tell<N: Notice>(&self, tx: &mut Tx, notice: N) -> Result<(), EventError> {
        note::run(tx, &notice, &self.desk).await?;
        let wake = self.wake.clone();
        tx.after_commit(move || wake.notify_one());
        Ok(())
    }
}
