//! Payment tells something from which nothing follows but a line of the order's timeline.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{PaymentDecided, PaymentHeld},
    id::{OrderId, UserId},
};

use super::{refund::Error, returns};
use crate::{
    domain::{Actor, story},
    store::{orders, timeline::Kind},
};

/// An administrator decided about the payment: who, what and why.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn decided(tx: &mut Tx, event: &PaymentDecided) -> Result<(), Error> {
    let text = story::decision(&event.deed, event.amount, &event.reason);
    note(tx, event.order_id, (Actor::Admin, Some(event.author)), &text).await
}

/// Another amount came than was asked.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn held(tx: &mut Tx, event: &PaymentHeld) -> Result<(), Error> {
    let PaymentHeld { order_id, asked, reported, .. } = event;
    let text = format!("{asked} was asked, {reported} came: an administrator has to decide");
    note(tx, *order_id, (Actor::Payment, None), &text).await
}

async fn note(tx: &mut Tx, id: OrderId, by: (Actor, Option<UserId>), text: &str) -> Result<(), Error> {
    orders::lock(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    Ok(returns::note(tx, id, (Kind::Heard, by.0, by.1), text).await?)
}
