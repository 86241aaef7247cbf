//! Payment tells something from which nothing follows but a line of the order's timeline.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{PaymentDecided, PaymentHeld},
    id::{OrderId, UserId},
};

use super::{refund::Error, returns};
use crate::{
    domain::Actor,
    store::{orders, timeline::Kind},
};

/// An administrator decided about the payment: who, what and why.
///
/// # Errors
///
/// When the order is not known yet, or the store is away.
pub async fn decided(tx: &mut Tx, event: &PaymentDecided) -> Result<(), Error> {
    let amount = event.amount.map_or_else(|| "all".to_owned(), |amount| amount.to_string());
    let what = match event.deed.as_str() {
        "capture" => format!("{amount} is to be captured"),
        "void" => "the payment is called off".to_owned(),
        "refund" => format!("{amount} is to go back"),
        "offline" => format!("the shop paid {amount} back itself"),
        "accept" => "the amount that differs is accepted".to_owned(),
        "return" => "the amount that differs goes back".to_owned(),
        "settled" => "the amount that differs was put right at the provider".to_owned(),
        other => other.to_owned(),
    };
    let text = format!("{what}: {}", event.reason);
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
