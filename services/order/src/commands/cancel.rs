//! Somebody calls an order off.

use std::time::{Duration, Instant};

use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use super::advance;
pub use super::advance::Error;
use crate::{
    domain::{Detail, Fact, Identity, Order, State, Viewer},
    metrics::OrderMetrics,
    store::orders,
};

/// For how long what shipment said counts: half of the time after which it asks whether the order is cancelled. That
/// question waits for whoever holds the order, so by then it is, or this was too late.
const HELD_FOR: Duration = Duration::from_secs(30);

/// Who calls off which order.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    pub by: Identity,
    /// In the caller's words.
    pub reason: Option<String>,
    /// Since when shipment holds its parcels, where it was asked.
    pub held: Option<Held>,
}

/// Parcels are held here.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Before shipment was asked.
    pub since: Instant,
}

/// Whether shipment has to hold the order's parcels before this caller cancels it: a paid order may have some.
pub fn asks(by: &Identity, order: &Order) -> bool {
    order.state == State::Confirmed && allowed(by, order).is_ok()
}

/// Cancels an order that the carrier does not have yet: a customer their own, an administrator anybody's.
///
/// # Errors
///
/// [`Error::Unknown`] when there is none or it is not the caller's, [`Error::Refused`] when it is too late,
/// [`Error::NotHeld`] when it may have parcels by now that nobody holds.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, input: Input) -> Result<(Order, Viewer), Error> {
    let Input { order_id, by, reason, held } = input;
    let order = orders::lock(tx.conn(), order_id).await?.ok_or(Error::Unknown(order_id))?;
    let (viewer, fact) = allowed(&by, &order)?;
    if asks(&by, &order) && held.is_none_or(|held| held.since.elapsed() > HELD_FOR) {
        return Err(Error::NotHeld);
    }
    let (actor, author) = (viewer.actor(), by.user);
    let reason = reason.unwrap_or_else(|| "called off".to_owned());
    let input = advance::Input { order_id, fact, actor, author, reason, detail: Detail::None };
    Ok((advance::apply(tx, metrics, order, input).await?, viewer))
}

/// As whom somebody calls an order off, where they may.
fn allowed(by: &Identity, order: &Order) -> Result<(Viewer, Fact), Error> {
    match by.viewer(order).ok_or(Error::Unknown(order.id))? {
        // Its words would stay: what was personal of the account has been erased.
        Viewer::Customer if order.forget => Err(Error::AccountGone),
        Viewer::Customer => Ok((Viewer::Customer, Fact::CancelledByCustomer)),
        Viewer::Admin => Ok((Viewer::Admin, Fact::CancelledByAdmin)),
        Viewer::Staff => Err(Error::NotAllowed),
    }
}
