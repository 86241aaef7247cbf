//! A customer wants to send something back, and says so, or tells staff.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, ReturnId};

use super::{By, Error, note, tell::told};
use crate::{
    domain::{
        Actor, Identity, Order, Viewer,
        returns::{Return, ReturnLine, ReturnState},
    },
    store::{erase, orders, returns, timeline::Kind},
};

/// Who asks.
#[derive(Debug)]
pub enum Asks {
    Customer(Identity),
    /// For a customer who called.
    Staff(By),
}

/// What is sent back.
#[derive(Debug)]
pub struct Wanted {
    pub order_id: OrderId,
    pub by: Asks,
    /// Places of lines in the order and items of each; no place twice.
    pub lines: Vec<(u32, u32)>,
    pub reason: String,
    /// Returns are taken for so long after the order is complete.
    pub within: Duration,
}

/// Opens a return. No item is ever in two returns, refused ones aside.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn open(tx: &mut Tx, wanted: Wanted) -> Result<(Order, Return), Error> {
    let Wanted { order_id, by, lines, reason, within } = wanted;
    let mut order = orders::lock(tx.conn(), order_id).await?.ok_or(Error::UnknownOrder)?;
    let (actor, author, asked) = match &by {
        Asks::Customer(by) if by.viewer(&order) != Some(Viewer::Customer) => return Err(Error::UnknownOrder),
        Asks::Customer(by) => (Actor::Customer, by.user, "asked to return"),
        Asks::Staff(By { actor, user }) => (*actor, Some(*user), "asked to return, for the customer"),
    };
    if erase::is_gone(tx.conn(), order.user_id).await? {
        return Err(Error::AccountGone);
    }
    orders::refresh_lines(tx.conn(), &mut order).await?;
    let now = tx.now();
    if !order.takes_returns(now, within) {
        return Err(Error::NotNow(order.state));
    }
    take(&mut order, &lines)?;
    orders::update_lines(tx.conn(), &order).await?;
    let line = |(line, quantity)| ReturnLine { line, quantity, received: None, restock: false, refund: 0 };
    let new = Return {
        id: ReturnId(tx.new_uuid()),
        order_id,
        user_id: order.user_id,
        state: ReturnState::Requested,
        lines: lines.into_iter().map(line).collect(),
        currency: order.total().currency,
        reason,
        answer: None,
        refund: None,
        refund_refused: None,
        created_at: now,
        updated_at: now,
    };
    returns::insert(tx.conn(), &new).await?;
    let text = format!("{asked}: {}", new.reason);
    note(tx, order_id, (Kind::Return, actor, author), &text).await?;
    told(tx, &order, &new).await?;
    Ok((order, new))
}

/// Takes items out of what can still be sent back.
fn take(order: &mut Order, lines: &[(u32, u32)]) -> Result<(), Error> {
    for (place, (line, quantity)) in lines.iter().enumerate() {
        let found = usize::try_from(*line).ok().and_then(|line| order.lines.get_mut(line));
        let line = found.ok_or(Error::TooMany { place, left: 0 })?;
        let left = line.returnable();
        if *quantity > left {
            return Err(Error::TooMany { place, left });
        }
        line.returning += quantity;
    }
    Ok(())
}
