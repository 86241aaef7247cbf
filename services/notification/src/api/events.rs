//! Events in.

use std::sync::Arc;

use tokio::sync::Notify;
use tracing::Span;
use warung_chassis::{
    db::{Db, Tx},
    events::{Consumers, EventError, Group, Heard},
};
use warung_contracts::{
    event::{
        AccountRestored, AccountSuspended, EmailChangeRequested, EmailChanged, EmailVerificationRequested,
        GuestForgotten, NewDeviceLoggedIn, OrderAddressCorrected, OrderCancelled, OrderClaimed,
        OrderConfirmed, OrderPlaced, PasswordChanged, PasswordResetRequested, PaymentDisputeClosed,
        PaymentDisputed, PaymentFailed, PaymentHeld, PaymentPending, PaymentRefunded, ProfileChanged,
        RefundFailed, ReturnApproved, ReturnReceived, ReturnRefused, ReturnRequested, ReturnWithdrawn,
        SecondFactorChanged, ShipmentAddressKept, ShipmentDelivered, ShipmentDispatched, ShipmentFailed,
        ShipmentRecalled, ShipmentReturned, ShipmentTrackingCorrected, StockLow, StockOut, UserDeleted,
        UserRegistered,
    },
    id::VariantId,
};

use crate::{
    commands::{
        claim,
        note::{self, Desk},
    },
    domain::notice::{News, Notice},
    store::{contacts, stock_told},
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
    let news = Group::default()
        .with::<EmailVerificationRequested>()
        .with::<PasswordResetRequested>()
        .with::<PasswordChanged>()
        .with::<EmailChangeRequested>()
        .with::<SecondFactorChanged>()
        .with::<NewDeviceLoggedIn>()
        .with::<AccountSuspended>()
        .with::<AccountRestored>()
        .with::<OrderPlaced>()
        .with::<OrderConfirmed>()
        .with::<OrderAddressCorrected>()
        .with::<OrderCancelled>()
        .with::<ReturnRequested>()
        .with::<ReturnWithdrawn>()
        .with::<ReturnApproved>()
        .with::<ReturnRefused>()
        .with::<ReturnReceived>()
        .with::<PaymentPending>()
        .with::<PaymentRefunded>()
        .with::<RefundFailed>()
        .with::<PaymentHeld>()
        .with::<PaymentDisputed>()
        .with::<PaymentDisputeClosed>()
        .with::<ShipmentDispatched>()
        .with::<ShipmentTrackingCorrected>()
        .with::<ShipmentDelivered>()
        .with::<ShipmentFailed>()
        .with::<ShipmentRecalled>()
        .with::<ShipmentReturned>()
        .with::<ShipmentAddressKept>();
    let others = failures(people(Consumers::new(), db, &teller), db, &teller);
    stock(others, db, &teller).on_group(db, news, move |tx, heard| {
        let teller = teller.clone();
        Box::pin(async move { teller.tell(tx, heard).await })
    })
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
                teller.also(tx, event).await
            })
        })
        .on::<EmailChanged, _>(db, move |tx, event| {
            let teller = moved.clone();
            Box::pin(async move {
                contacts::update_email(tx.conn(), &event).await?;
                teller.also(tx, event).await
            })
        })
        .on::<OrderClaimed, _>(db, |tx, event| Box::pin(async move { Ok(claim::run(tx, &event).await?) }))
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
        .on::<GuestForgotten, _>(db, |tx, event| {
            Box::pin(async move {
                let now = tx.now();
                Ok(contacts::erase(tx.conn(), event.user_id, now).await?)
            })
        })
}

/// A payment that failed, while the customer can still do something about it. Otherwise the end of the order tells of it.
fn failures(consumers: Consumers, db: &Db, teller: &Teller) -> Consumers {
    let teller = teller.clone();
    consumers.on::<PaymentFailed, _>(db, move |tx, event| {
        let teller = teller.clone();
        Box::pin(async move {
            match event.retry_until {
                Some(_) => teller.also(tx, event).await,
                None => Ok(()),
            }
        })
    })
}

/// What is running out: for staff, and not each time.
fn stock(consumers: Consumers, db: &Db, teller: &Teller) -> Consumers {
    let (low, out) = (teller.clone(), teller.clone());
    consumers
        .on::<StockLow, _>(db, move |tx, event| {
            let teller = low.clone();
            Box::pin(async move { teller.running_out(tx, event.variant_id, event).await })
        })
        .on::<StockOut, _>(db, move |tx, event| {
            let teller = out.clone();
            Box::pin(async move { teller.running_out(tx, event.variant_id, event).await })
        })
}

impl Teller {
    async fn running_out<N: Notice>(
        &self,
        tx: &mut Tx,
        variant: VariantId,
        event: N,
    ) -> Result<(), EventError> {
        let now = tx.now();
        match stock_told::begin::<N>(tx.conn(), variant, now).await? {
            true => self.also(tx, event).await,
            false => Ok(()),
        }
    }

    /// Tells of an event that is more than a message.
    async fn also<N: Notice>(&self, tx: &mut Tx, event: N) -> Result<(), EventError> {
        let id = tx
            .cause()
            .ok_or_else(|| EventError::Invalid("a message needs the event that caused it".into()))?;
        self.tell(tx, vec![Heard { id, event: event.into(), span: Span::current() }]).await
    }

    async fn tell(&self, tx: &mut Tx, mut heard: Vec<Heard<News>>) -> Result<(), EventError> {
        let of_staff = |heard: &Heard<News>| {
            let (id, span) = (heard.id, heard.span.clone());
            heard.event.for_staff().map(|event| Heard { id, event, span })
        };
        let for_staff: Vec<_> = heard.iter().filter_map(of_staff).collect();
        heard.extend(for_staff);
        note::run(tx, &heard, &self.desk).await?;
        let wake = self.wake.clone();
        tx.after_commit(move || wake.notify_one());
        Ok(())
    }
}
