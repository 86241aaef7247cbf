//! Somebody corrects where an order goes.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{OrderAddressCorrected, ShippingAddress},
    id::OrderId,
};

use super::returns;
use crate::{
    domain::{Identity, NoAddress, Order, Viewer},
    store::{addresses, orders, parcels, timeline::Kind},
};

/// Who sends which order where.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    pub by: Identity,
    pub to: ShippingAddress,
    /// The version of the address that the caller read.
    pub expected: Option<i64>,
}

/// Why it can't be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no order {0}, or it is not the caller's")]
    Unknown(OrderId),
    #[error("the caller may not correct orders of others")]
    NotAllowed,
    #[error("the account is gone")]
    AccountGone,
    #[error("the address was changed meanwhile")]
    Changed,
    #[error(transparent)]
    NoAddress(#[from] NoAddress),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Corrects it while nothing has left, and says so; what is right already changes nothing. Shipment has the last word: a
/// parcel may leave in this moment.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, input: Input) -> Result<(Order, Viewer), Error> {
    let Input { order_id, by, to, expected } = input;
    let mut order = orders::lock(tx.conn(), order_id).await?.ok_or(Error::Unknown(order_id))?;
    let viewer = by.viewer(&order).ok_or(Error::Unknown(order_id))?;
    match viewer {
        // It would stay: what was personal of the account has been erased.
        Viewer::Customer if order.forget => return Err(Error::AccountGone),
        Viewer::Staff | Viewer::Admin if !by.corrects_all => return Err(Error::NotAllowed),
        _ => {}
    }
    if expected.is_some_and(|version| version != order.address_version) {
        return Err(Error::Changed);
    }
    let parcels = parcels::of(tx.conn(), order_id).await?;
    let changed = order.correct_address(to, &parcels)?;
    if !changed.is_empty() {
        order.updated_at = tx.now();
        addresses::save(tx.conn(), &order).await?;
        tx.emit(&corrected(&order)).await?;
        // It stays when the person is erased, so it names fields, and nothing of what stood in them.
        let text = format!("the address was corrected: {}", changed.join(", "));
        let event_id = tx.last_told();
        returns::note_with(tx, order_id, (Kind::Address, viewer.actor(), by.user), &text, event_id).await?;
    }
    Ok((order, viewer))
}

fn corrected(order: &Order) -> OrderAddressCorrected {
    OrderAddressCorrected {
        order_id: order.id,
        number: order.number.clone(),
        user_id: order.user_id,
        shipping_address: order.shipping_address.clone(),
        version: order.address_version,
        confirmed: !order.state.is_unpaid(),
    }
}
