//! What becomes of orders moves the stock: reserve, commit, release, expire. Several orders at once are read, decided on
//! and written at once.

use std::collections::{BTreeMap, BTreeSet};

use time::{Duration, OffsetDateTime};
use tracing::Instrument as _;
use warung_chassis::{db::Tx, events::Heard};
use warung_contracts::{
    event::{
        CancelReason, OrderCancelled, OrderConfirmed, OrderPlaced, Place, Shortage, StockPart, StockRejected,
        StockReserved,
    },
    id::{LocationId, OrderId, ProductId, VariantId},
};

use super::book::book_all;
use crate::{
    domain::{
        desk::{self, Desk, Refusal, Standing},
        movement::{self, Kind, Movement, Wants},
        reservation::{Fact, State},
        shelf::Shelves,
    },
    store::{
        locations, reservations,
        stock::{self, Cause, Entry},
    },
};

/// What is told of an order.
#[derive(Debug, Clone)]
pub enum Told {
    Placed(Box<OrderPlaced>),
    Cancelled(OrderId, CancelReason),
    /// Anything else.
    Fact(OrderId, Fact),
}

impl From<OrderPlaced> for Told {
    fn from(event: OrderPlaced) -> Self {
        Self::Placed(Box::new(event))
    }
}

impl From<OrderConfirmed> for Told {
    fn from(event: OrderConfirmed) -> Self {
        Self::Fact(event.order_id, Fact::Confirmed)
    }
}

impl From<OrderCancelled> for Told {
    fn from(event: OrderCancelled) -> Self {
        Self::Cancelled(event.order_id, event.reason)
    }
}

/// What became of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    /// Products of which stock moved.
    pub moved: Vec<ProductId>,
    /// Orders for which there was too little of something.
    pub rejected: u64,
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
    /// The stock does not hold what the order does.
    #[error(
        "the stock of the order {0} is not where its reservation says; nothing was moved. Count its items"
    )]
    Contradiction(OrderId),
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Acts on what is told, in its order; reservations are held for `ttl`.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, told: &[Heard<Told>], ttl: Duration) -> Result<Outcome, Error> {
    let wants: Vec<Wants> = told.iter().map(|heard| heard.event.wants()).collect::<Result<_, _>>()?;
    let mut desk = open(tx, told, &wants).await?;
    let places = places(tx, told, &desk.shelves).await?;
    let before = desk.clone();
    let mut rejected = 0;
    for (Heard { event, span, .. }, wants) in told.iter().zip(&wants) {
        let (order_id, fact) = event.fact();
        let outcome = desk.hear(order_id, fact, wants).map_err(|refusal| refused(order_id, refusal))?;
        rejected += u64::from(matches!(outcome, desk::Outcome::Rejected(_)));
        answer(tx, event, (&desk, &places), outcome).instrument(span.clone()).await?;
    }
    let moved = close(tx, told, (&before, &desk), ttl).await?;
    Ok(Outcome { moved, rejected })
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
    reservations::lock(tx.conn(), [order_id]).await?;
    let now = tx.now();
    Ok(reservations::extend(tx.conn(), order_id, until + ttl, now).await?)
}

/// Holds the orders and the stock they may touch, each in the order that everybody keeps.
async fn open(tx: &mut Tx, told: &[Heard<Told>], wants: &[Wants]) -> Result<Desk, sqlx::Error> {
    let ids: BTreeSet<OrderId> = told.iter().map(|heard| heard.event.fact().0).collect();
    reservations::lock(tx.conn(), ids.iter().copied()).await?;
    let orders = reservations::standings(tx.conn(), ids).await?;
    let held = orders.values().flat_map(|standing| standing.parts.keys().map(|(variant, _)| *variant));
    let variants: BTreeSet<VariantId> =
        held.chain(wants.iter().flat_map(|wants| wants.keys().copied())).collect();
    let shelves = stock::lock(tx.conn(), variants).await?;
    Ok(Desk { shelves, orders, movements: vec![] })
}

type Places = BTreeMap<LocationId, Place>;

/// The places from which something may be set aside.
async fn places(tx: &mut Tx, told: &[Heard<Told>], shelves: &Shelves) -> Result<Places, sqlx::Error> {
    if !told.iter().any(|heard| matches!(heard.event, Told::Placed(_))) {
        return Ok(Places::new());
    }
    let levels = shelves.values().flat_map(|shelf| &shelf.levels);
    let ids: BTreeSet<LocationId> = levels.map(|level| level.location_id).collect();
    locations::named(tx.conn(), ids).await
}

/// From where an order is served whose items were just set aside.
fn served_from(desk: &Desk, places: &Places, order: OrderId) -> Vec<StockPart> {
    let own = desk.movements.iter().filter(|(id, movement)| *id == order && movement.kind == Kind::Reserved);
    let part = |movement: &Movement| {
        Some(StockPart {
            variant_id: movement.variant_id,
            place: places.get(&movement.location_id)?.clone(),
            quantity: count(movement.reserved_delta),
            backordered: count(movement.owed()),
        })
    };
    own.filter_map(|(_, movement)| part(movement)).collect()
}

/// Tells order what became of its goods.
async fn answer(
    tx: &mut Tx,
    told: &Told,
    (desk, places): (&Desk, &Places),
    outcome: desk::Outcome,
) -> Result<(), sqlx::Error> {
    match (told, outcome) {
        (_, desk::Outcome::Nothing) | (Told::Fact(..) | Told::Cancelled(..), desk::Outcome::Moved) => Ok(()),
        (Told::Placed(order), desk::Outcome::Moved) => {
            let OrderPlaced { order_id, number, user_id, total, totals, payment, order_token_hash, .. } =
                *order.clone();
            let served_from = served_from(desk, places, order_id);
            tx.emit(&StockReserved {
                order_id,
                number: Some(number),
                user_id,
                total,
                payment,
                order_token_hash,
                totals,
                served_from,
            })
            .await
        }
        (_, desk::Outcome::Rejected(shortages)) => {
            let products = told.products(&desk.shelves);
            let shortages = shortages.into_iter().map(|short| in_words(short, &products)).collect();
            tx.emit(&StockRejected { order_id: told.fact().0, shortages }).await
        }
    }
}

/// Writes what is different now.
async fn close(
    tx: &mut Tx,
    told: &[Heard<Told>],
    (before, after): (&Desk, &Desk),
    ttl: Duration,
) -> Result<Vec<ProductId>, sqlx::Error> {
    let was = |id: &OrderId| before.orders.get(id).cloned().unwrap_or_default();
    let changed: Vec<(OrderId, &Standing, Standing)> =
        after.orders.iter().map(|(id, is)| (*id, is, was(id))).filter(|(_, is, was)| *is != was).collect();
    let states: Vec<(OrderId, State)> =
        changed.iter().filter_map(|(id, is, _)| Some((*id, is.state?))).collect();
    let elsewhere: Vec<&(OrderId, &Standing, Standing)> =
        changed.iter().filter(|(_, is, was)| is.parts != was.parts).collect();
    let left: Vec<OrderId> =
        elsewhere.iter().filter(|(.., was)| !was.parts.is_empty()).map(|(id, ..)| *id).collect();
    let parts: Vec<_> = elsewhere.iter().map(|(id, is, _)| (*id, &is.parts)).collect();
    let now = tx.now();
    if !states.is_empty() {
        reservations::put(tx.conn(), &states, now + ttl, now).await?;
    }
    if !left.is_empty() {
        reservations::delete_parts(tx.conn(), &left).await?;
    }
    if !parts.is_empty() {
        reservations::insert_parts(tx.conn(), &parts).await?;
    }
    let entries: Vec<Entry<'_>> =
        after.movements.iter().map(|(id, movement)| (*movement, cause(told, *id, movement))).collect();
    book_all(tx, (&before.shelves, &after.shelves), &entries).await
}

/// The order for which something moved, and why it ended where that is why.
fn cause(told: &[Heard<Told>], order: OrderId, movement: &Movement) -> Cause<'static> {
    let ended = told.iter().find_map(|heard| match heard.event {
        Told::Cancelled(id, reason) if id == order && movement.kind.ends() => Some(reason.as_str()),
        _ => None,
    });
    Cause::Order(order, ended)
}

type Products = BTreeMap<VariantId, ProductId>;

impl Told {
    fn fact(&self) -> (OrderId, Fact) {
        match self {
            Self::Placed(order) => (order.order_id, Fact::Placed),
            Self::Cancelled(id, _) => (*id, Fact::Cancelled),
            Self::Fact(id, fact) => (*id, *fact),
        }
    }

    /// Whose variants it may speak of.
    fn products(&self, shelves: &Shelves) -> Products {
        match self {
            Self::Placed(order) => order.lines.iter().map(|line| (line.variant(), line.product_id)).collect(),
            Self::Fact(..) | Self::Cancelled(..) => {
                shelves.iter().map(|(id, shelf)| (*id, shelf.product_id)).collect()
            }
        }
    }

    /// Quantities by variant; a variant that stands in two lines is asked for once.
    fn wants(&self) -> Result<Wants, Error> {
        let Self::Placed(order) = self else { return Ok(Wants::new()) };
        if order.lines.is_empty() || order.lines.iter().any(|line| line.quantity == 0) {
            return Err(Error::Empty(order.order_id));
        }
        let mut wants = Wants::new();
        for line in &order.lines {
            *wants.entry(line.variant()).or_default() += i64::from(line.quantity);
        }
        Ok(wants)
    }
}

fn count(n: i64) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn in_words(short: movement::Shortage, products: &Products) -> Shortage {
    let movement::Shortage { variant_id, wanted, left } = short;
    let product_id = products.get(&variant_id).copied().unwrap_or(ProductId(variant_id.uuid()));
    Shortage { product_id, variant_id: Some(variant_id), wanted: count(wanted), left: count(left) }
}

fn refused(order_id: OrderId, refusal: Refusal) -> Error {
    match refusal {
        Refusal::Early => Error::NotPlacedYet(order_id),
        Refusal::Contradiction => Error::Contradiction(order_id),
    }
}
