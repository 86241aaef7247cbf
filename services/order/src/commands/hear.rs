//! Payment or shipment tells something that moves no order: a line of its timeline, a mark for staff.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{
        PaymentDecided, PaymentDisputeClosed, PaymentDisputed, PaymentHeld, PaymentHoldEnded,
        ShipmentRecalled,
    },
    id::{OrderId, UserId},
};

use super::{refund::Error, returns};
use crate::{
    domain::{Actor, HeldPayment, Order, OrderDispute, story},
    store::{erase, orders, timeline::Kind},
};

/// An administrator decided about the payment: who, what and why.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn decided(tx: &mut Tx, event: &PaymentDecided) -> Result<(), Error> {
    let order = hold(tx, event.order_id).await?;
    // Words about somebody who is gone are not kept.
    let gone = erase::is_gone(tx.conn(), order.user_id).await?;
    let why = if gone { erase::ERASED } else { event.reason.as_str() };
    let text = story::decision(&event.deed, event.amount, why);
    note(tx, event.order_id, (Actor::Admin, Some(event.author)), &text).await
}

/// Another amount came than was asked.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn held(tx: &mut Tx, event: &PaymentHeld) -> Result<(), Error> {
    let PaymentHeld { order_id, payment_id, asked, reported } = *event;
    let text = format!("{asked} was asked, {reported} came: an administrator has to decide");
    let mut order = hold(tx, order_id).await?;
    order.held.retain(|held| held.payment_id != payment_id);
    order.held.push(HeldPayment { payment_id, asked, reported });
    let now = tx.now();
    orders::payments_held(tx.conn(), &order, now).await?;
    note(tx, order_id, (Actor::Payment, None), &text).await
}

/// The other amount waits no more. Who decided is told apart, as is what becomes of the money.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn hold_ended(tx: &mut Tx, event: &PaymentHoldEnded) -> Result<(), Error> {
    let mut order = hold(tx, event.order_id).await?;
    order.held.retain(|held| held.payment_id != event.payment_id);
    let now = tx.now();
    Ok(orders::payments_held(tx.conn(), &order, now).await?)
}

/// The customer contests the payment. The order goes on as it was.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn disputed(tx: &mut Tx, event: &PaymentDisputed) -> Result<(), Error> {
    let PaymentDisputed { order_id, amount, provider, reason, .. } = event;
    let state = if event.inquiry == Some(true) { "inquiry" } else { "opened" };
    let text = story::dispute(state, *amount, (provider, reason));
    contested(tx, *order_id, (&event.order_dispute, &text)).await
}

/// What the customer contested is decided.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn dispute_closed(tx: &mut Tx, event: &PaymentDisputeClosed) -> Result<(), Error> {
    let PaymentDisputeClosed { order_id, amount, provider, outcome, .. } = event;
    let text = story::dispute(outcome, *amount, (provider, ""));
    contested(tx, *order_id, (&event.order_dispute, &text)).await
}

async fn contested(tx: &mut Tx, id: OrderId, (overall, text): (&str, &str)) -> Result<(), Error> {
    hold(tx, id).await?;
    // A word of a later release is one that staff look at.
    let overall = overall.parse().unwrap_or(OrderDispute::Open);
    let now = tx.now();
    orders::dispute(tx.conn(), id, overall, now).await?;
    note(tx, id, (Actor::Payment, None), text).await
}

/// A parcel was not here any more when the order was cancelled: a line of order's own, because shipment tells only where
/// the parcel is.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn recalled(tx: &mut Tx, event: &ShipmentRecalled) -> Result<(), Error> {
    let text = story::recall(event.parcel, event.delivered == Some(true));
    hold(tx, event.order_id).await?;
    Ok(returns::note(tx, event.order_id, (Kind::Return, Actor::Shipment, None), &text).await?)
}

/// The order, which nobody else changes until the transaction ends.
async fn hold(tx: &mut Tx, id: OrderId) -> Result<Order, Error> {
    orders::lock(tx.conn(), id).await?.ok_or(Error::Unknown(id))
}

async fn note(tx: &mut Tx, id: OrderId, by: (Actor, Option<UserId>), text: &str) -> Result<(), Error> {
    Ok(returns::note(tx, id, (Kind::Heard, by.0, by.1), text).await?)
}
