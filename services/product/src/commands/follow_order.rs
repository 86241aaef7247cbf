//! What an order's fate does to the stock: reserve, commit, release, expire.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};
use warung_chassis::db::Tx;
use warung_contracts::{
    event::{OrderPlaced, Shortage, StockRejected, StockReserved},
    id::{OrderId, ProductId, VariantId},
};

use super::book::book;
use crate::{
    domain::{
        movement::{self, Kind, Wants, allocate, move_all},
        reservation::{Fact, State, Step, step},
    },
    store::{
        reservations,
        stock::{self, Cause},
    },
};

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The stock of these products moved.
    Moved(Vec<ProductId>),
    /// There was too little of something; nothing moved.
    Rejected,
    /// Nothing moved, and nothing had to.
    Nothing,
}

/// Why a fact can't be acted on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It asks for nothing, or for none of something.
    #[error("the order {0} has no lines, or a line with a quantity of 0")]
    Empty(OrderId),
    /// Its order was not heard of yet.
    #[error("the order {0} was confirmed before it was placed; its placing has yet to arrive")]
    NotPlacedYet(OrderId),
    /// Its order had been told that there is no stock.
    #[error(
        "the order {0} was confirmed although its stock was rejected; nothing was sold. Cancel the order and refund it"
    )]
    Contradiction(OrderId),
    /// It was paid after its reservation had expired, and the items went to others.
    #[error(
        "the order {order_id} was confirmed after its reservation had expired, and {variant_id} has {left} left of {wanted}: it would be oversold. \
         Restock and replay this event, or cancel the order and refund it"
    )]
    WouldOversell { order_id: OrderId, variant_id: VariantId, wanted: i64, left: i64 },
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// An order was placed: set all its items aside, or none.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn placed(tx: &mut Tx, order: OrderPlaced, ttl: Duration) -> Result<Outcome, Error> {
    let (wants, products) = wants_of(&order).ok_or(Error::Empty(order.order_id))?;
    let state = known(tx, order.order_id).await?;
    if step(state, Fact::Placed) != Step::Reserve {
        return Ok(Outcome::Nothing);
    }
    let now = tx.now();
    let shelves = stock::lock(tx.conn(), wants.keys().copied()).await?;
    let placed = allocate(&wants, &shelves, true)
        .and_then(|parts| move_all(Kind::Reserved, &parts, &shelves).map(|movements| (parts, movements)));
    match placed {
        Ok((parts, movements)) => {
            reservations::put(tx.conn(), order.order_id, State::Held, Some(now + ttl), now).await?;
            reservations::insert_parts(tx.conn(), order.order_id, &parts).await?;
            let moved = book(tx, &shelves, &movements, Cause::Order(order.order_id)).await?;
            let OrderPlaced { order_id, user_id, total, payment, order_token_hash, .. } = order;
            tx.emit(&StockReserved { order_id, user_id, total, payment, order_token_hash }).await?;
            Ok(Outcome::Moved(moved))
        }
        Err(shortages) => {
            reservations::put(tx.conn(), order.order_id, State::Rejected, None, now).await?;
            let shortages = shortages.into_iter().map(|short| told(short, &products)).collect();
            tx.emit(&StockRejected { order_id: order.order_id, shortages }).await?;
            Ok(Outcome::Rejected)
        }
    }
}

/// The money for an order is set aside until then: its items are held for as long, and the time given to any order after.
///
/// # Errors
///
/// When the store is away.
pub async fn authorized(
    tx: &mut Tx,
    order_id: OrderId,
    until: OffsetDateTime,
    ttl: Duration,
) -> Result<(), Error> {
    reservations::lock_order(tx.conn(), order_id).await?;
    let now = tx.now();
    Ok(reservations::extend(tx.conn(), order_id, until + ttl, now).await?)
}

/// Anything else that happens to an order.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn heard(tx: &mut Tx, order_id: OrderId, fact: Fact) -> Result<Outcome, Error> {
    let state = known(tx, order_id).await?;
    let now = tx.now();
    match step(state, fact) {
        // Placing comes by its own door, with the lines.
        Step::Ignore | Step::Reserve => Ok(Outcome::Nothing),
        Step::Wait => Err(Error::NotPlacedYet(order_id)),
        Step::Refuse => Err(Error::Contradiction(order_id)),
        Step::Become(state) => {
            reservations::put(tx.conn(), order_id, state, None, now).await?;
            Ok(Outcome::Nothing)
        }
        Step::Move(kind, state) => {
            let moved = move_order(tx, order_id, kind).await?;
            reservations::put(tx.conn(), order_id, state, None, now).await?;
            Ok(Outcome::Moved(moved))
        }
    }
}

/// Moves what an order holds, where it holds it. What is taken without having been set aside is taken from where there
/// is enough now.
async fn move_order(tx: &mut Tx, order_id: OrderId, kind: Kind) -> Result<Vec<ProductId>, Error> {
    let mut parts = reservations::parts(tx.conn(), order_id).await?;
    let shelves = stock::lock(tx.conn(), parts.keys().map(|(variant, _)| *variant)).await?;
    if kind == Kind::Taken {
        let wants = reservations::wants(&parts);
        parts = allocate(&wants, &shelves, false).map_err(|short| oversell(order_id, &short))?;
        reservations::delete_parts(tx.conn(), order_id).await?;
        reservations::insert_parts(tx.conn(), order_id, &parts).await?;
    }
    let movements = move_all(kind, &parts, &shelves).map_err(|short| oversell(order_id, &short))?;
    Ok(book(tx, &shelves, &movements, Cause::Order(order_id)).await?)
}

async fn known(tx: &mut Tx, order_id: OrderId) -> Result<Option<State>, sqlx::Error> {
    reservations::lock_order(tx.conn(), order_id).await?;
    reservations::find(tx.conn(), order_id).await
}

type Products = BTreeMap<VariantId, ProductId>;

/// Quantities by variant, and whose variants they are; a variant that stands in two lines is asked for once. None when
/// there is nothing to set aside.
fn wants_of(order: &OrderPlaced) -> Option<(Wants, Products)> {
    let (mut wants, mut products) = (Wants::new(), Products::new());
    for line in &order.lines {
        if line.quantity == 0 {
            return None;
        }
        let variant = line.variant_id.unwrap_or_else(|| line.product_id.default_variant());
        *wants.entry(variant).or_default() += i64::from(line.quantity);
        products.insert(variant, line.product_id);
    }
    (!wants.is_empty()).then_some((wants, products))
}

fn told(short: movement::Shortage, products: &Products) -> Shortage {
    let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
    let movement::Shortage { variant_id, wanted, left } = short;
    let product_id = products.get(&variant_id).copied().unwrap_or(ProductId(variant_id.uuid()));
    Shortage { product_id, variant_id: Some(variant_id), wanted: count(wanted), left: count(left) }
}

fn oversell(order_id: OrderId, shortages: &[movement::Shortage]) -> Error {
    match shortages.first() {
        Some(&movement::Shortage { variant_id, wanted, left }) => {
            Error::WouldOversell { order_id, variant_id, wanted, left }
        }
        None => Error::Contradiction(order_id),
    }
}
