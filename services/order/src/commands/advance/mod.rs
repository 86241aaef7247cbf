//! Something happened to orders: the state machine decides, the history remembers, the events tell.

mod journal;
mod tell;

pub use self::tell::confirmed;

use std::collections::BTreeSet;

use tracing::Instrument as _;
use warung_chassis::{db::Tx, events::Heard};
use warung_contracts::id::{OrderId, UserId};

use self::journal::Journal;
use crate::{
    domain::{Actor, Detail, Fact, Misfit, Order},
    metrics::OrderMetrics,
    store::orders,
};

/// What happened.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    pub fact: Fact,
    pub actor: Actor,
    /// The account of the person who did it.
    pub author: Option<UserId>,
    /// In a few words, for the history.
    pub reason: String,
    pub detail: Detail,
}

/// Why it can't be noted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no order {0}")]
    Unknown(OrderId),
    #[error(transparent)]
    Misfit(#[from] Misfit),
    #[error("only administrators call off the orders of others")]
    NotAllowed,
    /// It was confirmed in this moment, or too long ago.
    #[error("nobody holds the order's parcels while it is cancelled")]
    NotHeld,
    #[error("the account is gone")]
    AccountGone,
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Applies what is told of orders, in its order.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, told: Vec<Heard<Input>>) -> Result<(), Error> {
    let ids: BTreeSet<OrderId> = told.iter().map(|heard| heard.event.order_id).collect();
    let mut orders = orders::lock_all(tx.conn(), ids).await?;
    let mut journal = Journal::default();
    for Heard { id, event, span } in told {
        let order = orders.get_mut(&event.order_id).ok_or(Error::Unknown(event.order_id))?;
        journal.hear(tx, metrics, order, (event, Some(id))).instrument(span).await?;
    }
    Ok(journal.write(tx, &orders.values().collect::<Vec<_>>()).await?)
}

/// Applies a fact to an order that the unit of work holds.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn apply(
    tx: &mut Tx,
    metrics: &OrderMetrics,
    mut order: Order,
    input: Input,
) -> Result<Order, Error> {
    let mut journal = Journal::default();
    let cause = tx.cause();
    journal.hear(tx, metrics, &mut order, (input, cause)).await?;
    journal.write(tx, &[&order]).await?;
    Ok(order)
}
