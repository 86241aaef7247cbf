//! Goods come back, one deed a file. Whoever changes a return holds its order.

mod answer;
mod came_back;
mod open;
mod receive;
mod refund;
mod tell;
mod withdraw;

pub use answer::answer;
pub use came_back::came_back;
pub use open::{Asks, Wanted, open};
pub use receive::{Received, receive};
pub use refund::{end_refund, refund};
use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::{
    id::{OrderId, ReturnId, UserId},
    money::Money,
};
pub use withdraw::withdraw;

use crate::{
    domain::{
        Actor, Order, State,
        returns::{Deed, Return, ReturnState, step},
    },
    store::{
        orders, returns,
        timeline::{self, Kind},
    },
};

/// Who of the shop acts.
#[derive(Debug, Clone, Copy)]
pub struct By {
    pub actor: Actor,
    pub user: UserId,
}

/// Why it can't be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such order, or it is not the caller's")]
    UnknownOrder,
    #[error("the account is gone")]
    AccountGone,
    #[error("there is no return {0}")]
    Unknown(ReturnId),
    #[error("an order that is {0} takes no returns, or not any more")]
    NotNow(State),
    /// The place of the line among those sent, and how many items it can still give.
    #[error("line {place}: {left} left")]
    TooMany { place: usize, left: u32 },
    #[error("a return that is {0} can't take this")]
    Refused(ReturnState),
    #[error("at most {most} can go back")]
    TooMuch { most: Money },
    #[error("only multiples of {step} can go back in part")]
    Uneven { step: Money },
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Adds an entry to an order's timeline, of the event that is heard.
pub(super) async fn note(
    tx: &mut Tx,
    order: OrderId,
    by: (Kind, Actor, Option<UserId>),
    text: &str,
) -> Result<(), sqlx::Error> {
    let event_id = tx.cause();
    note_with(tx, order, by, text, event_id).await
}

/// Adds an entry to an order's timeline, of this event.
pub(super) async fn note_with(
    tx: &mut Tx,
    order_id: OrderId,
    (kind, actor, author): (Kind, Actor, Option<UserId>),
    text: &str,
    event_id: Option<Uuid>,
) -> Result<(), sqlx::Error> {
    let (entry_id, at, text) = (tx.new_uuid(), tx.now(), text.to_owned());
    let new = timeline::New { entry_id, order_id, kind, actor, author, text, event_id, at };
    timeline::insert(tx.conn(), &[new]).await
}

/// A return and its order, which nobody else changes until the transaction ends.
async fn hold(tx: &mut Tx, id: ReturnId) -> Result<(Order, Return), Error> {
    let of = returns::find(tx.conn(), id).await?.ok_or(Error::Unknown(id))?.order_id;
    let mut order = orders::lock(tx.conn(), of).await?.ok_or(Error::UnknownOrder)?;
    orders::refresh_lines(tx.conn(), &mut order).await?;
    // Again, as it is under the lock.
    let found = returns::find(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    Ok((order, found))
}

/// Moves a return on, or says why not.
fn advance(of: &mut Return, deed: Deed) -> Result<(), Error> {
    of.state = step(of.state, deed).ok_or(Error::Refused(of.state))?;
    Ok(())
}

/// Its items can be sent back again.
fn free(order: &mut Order, of: &Return) {
    for returned in &of.lines {
        if let Some(line) = order.lines.get_mut(returned.line as usize) {
            line.returning = line.returning.saturating_sub(returned.quantity);
        }
    }
}

/// Saves a return that moved on, beside its order's lines where they changed.
async fn save(tx: &mut Tx, order: Option<&Order>, of: &mut Return) -> Result<(), sqlx::Error> {
    of.updated_at = tx.now();
    returns::update(tx.conn(), of).await?;
    match order {
        Some(order) => orders::update_lines(tx.conn(), order).await,
        None => Ok(()),
    }
}
