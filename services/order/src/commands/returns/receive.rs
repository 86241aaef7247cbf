//! Goods that were sent back arrive.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{ItemsReturned, ReturnedLine},
    id::ReturnId,
};

use super::{By, Error, advance, hold, note, save, tell::told};
use crate::{
    domain::{
        Order,
        returns::{Deed, Return},
    },
    store::timeline::Kind,
};

/// What arrived of a line.
#[derive(Debug, Clone, Copy)]
pub struct Received {
    /// Its place in the order.
    pub line: u32,
    /// Items, at most as many as were announced.
    pub quantity: u32,
    /// Whether they can be sold again.
    pub restock: bool,
}

/// Notes what arrived, and tells product; what did not arrive can be sent back again. With no lines, all that was announced
/// arrived and can be sold again.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn receive(
    tx: &mut Tx,
    id: ReturnId,
    by: By,
    arrived: &[Received],
) -> Result<(Order, Return), Error> {
    let (mut order, mut of) = hold(tx, id).await?;
    advance(&mut of, Deed::Receive)?;
    for (place, received) in arrived.iter().enumerate() {
        let announced =
            of.lines.iter().find(|line| line.line == received.line).map_or(0, |line| line.quantity);
        if received.quantity > announced {
            return Err(Error::TooMany { place, left: announced });
        }
    }
    for line in &mut of.lines {
        let found = arrived.iter().find(|received| received.line == line.line);
        let (quantity, restock) = match found {
            Some(received) => (received.quantity, received.restock),
            None if arrived.is_empty() => (line.quantity, true),
            None => (0, false),
        };
        (line.received, line.restock) = (Some(quantity), restock);
        if let Some(sold) = order.lines.get_mut(line.line as usize) {
            sold.returning = sold.returning.saturating_sub(line.quantity - quantity);
        }
    }
    note(tx, of.order_id, (Kind::Return, by.actor, Some(by.user)), "goods came back").await?;
    tell(tx, &order, &of).await?;
    save(tx, Some(&order), &mut of).await?;
    told(tx, &order, &of).await?;
    Ok((order, of))
}

pub(super) async fn tell(tx: &mut Tx, order: &Order, of: &Return) -> Result<(), sqlx::Error> {
    let line = |line: &crate::domain::returns::ReturnLine| {
        let sold = &order.lines.get(line.line as usize)?.sold;
        let quantity = line.received.filter(|items| *items > 0)?;
        let (product_id, variant_id) = (sold.product_id, sold.variant_id);
        Some(ReturnedLine { product_id, variant_id, quantity, restock: line.restock })
    };
    let lines: Vec<ReturnedLine> = of.lines.iter().filter_map(line).collect();
    if lines.is_empty() {
        return Ok(());
    }
    tx.emit(&ItemsReturned { order_id: of.order_id, return_id: of.id, lines }).await
}
