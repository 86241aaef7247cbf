//! A parcel is back at the shop undelivered.

use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::{
    event::{ReturnedItem, ShipmentReturned},
    id::{OrderId, ProductId, VariantId},
};

use super::{advance, returns};
use crate::{
    domain::{Actor, Detail, Fact, Order, State},
    metrics::OrderMetrics,
    store::orders,
};

/// Why it can't be noted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Order(#[from] advance::Error),
    #[error(transparent)]
    Return(#[from] returns::Error),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// When all of an order came back it ends, and everything goes back by itself. When a part did, its goods are a return that
/// has been received, and their money goes back by itself; so is all that comes back of an order that was completed, of which
/// the rest may be in returns of the customer's. What came back of an order that has ended is only noted.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, event: ShipmentReturned) -> Result<(), Error> {
    let ShipmentReturned { order_id, lines, remaining, .. } = event;
    let mut order = orders::lock(tx.conn(), order_id).await?.ok_or(advance::Error::Unknown(order_id))?;
    orders::refresh_lines(tx.conn(), &mut order).await?;
    let items = lines.map(|items| places(&order, &items));
    let ended = matches!(order.state, State::Rejected | State::Cancelled);
    let completed = order.state == State::Completed;
    let part = items.filter(|items| !ended && (completed || !is_all(&order, items)));
    let fact = match (&part, remaining.unwrap_or(0)) {
        (None, _) => Fact::CameBack,
        // Nothing is still to come.
        (Some(_), 0) => Fact::Delivered,
        (Some(_), _) => Fact::Dispatched,
    };
    let reason = if part.is_some() || ended { "a parcel came back" } else { "all of it came back" };
    let mut order = advance::apply(tx, metrics, order, input(order_id, fact, reason)).await?;
    match part {
        Some(items) => Ok(returns::came_back(tx, &mut order, &items).await?),
        None => Ok(()),
    }
}

fn input(order_id: OrderId, fact: Fact, reason: &str) -> advance::Input {
    let (actor, author, reason) = (Actor::Shipment, None, reason.to_owned());
    advance::Input { order_id, fact, actor, author, reason, detail: Detail::None }
}

fn key(product: ProductId, variant: Option<VariantId>) -> Uuid {
    variant.unwrap_or(product.default_variant()).uuid()
}

/// The places of goods among an order's lines, with as many items as can come back.
fn places(order: &Order, items: &[ReturnedItem]) -> Vec<(u32, u32)> {
    let place = |item: &ReturnedItem| {
        let wanted = key(item.product_id, item.variant_id);
        let fits = |line: &crate::domain::Line| key(line.sold.product_id, line.sold.variant_id) == wanted;
        let place = order.lines.iter().position(fits)?;
        let quantity = item.quantity.min(order.lines[place].returnable());
        Some((u32::try_from(place).ok()?, quantity)).filter(|(_, quantity)| *quantity > 0)
    };
    items.iter().filter_map(place).collect()
}

/// Whether nothing of an order stays with the customer: with this parcel, and those that came back before.
fn is_all(order: &Order, items: &[(u32, u32)]) -> bool {
    let came = |place: usize| {
        let of = items.iter().filter(|(line, _)| usize::try_from(*line) == Ok(place));
        of.map(|(_, quantity)| *quantity).sum::<u32>()
    };
    order.lines.iter().enumerate().all(|(place, line)| came(place) == line.returnable())
}
