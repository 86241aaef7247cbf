//! A customer keeps the goods after all.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, ReturnId};

use super::{Error, advance, free, hold, note, save, tell::told};
use crate::{
    domain::{
        Actor, Identity, Order, Viewer,
        returns::{Deed, Return},
    },
    store::{erase, timeline::Kind},
};

/// Takes back a wish to send something back, while nothing has arrived; its items can be sent back again.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn withdraw(
    tx: &mut Tx,
    order_id: OrderId,
    id: ReturnId,
    by: &Identity,
) -> Result<(Order, Return), Error> {
    let (mut order, mut of) = hold(tx, id).await?;
    if of.order_id != order_id || by.viewer(&order) != Some(Viewer::Customer) {
        return Err(Error::Unknown(id));
    }
    if erase::is_gone(tx.conn(), order.user_id).await? {
        return Err(Error::AccountGone);
    }
    advance(&mut of, Deed::Withdraw)?;
    free(&mut order, &of);
    note(tx, order_id, (Kind::Return, Actor::Customer, by.user), "return withdrawn").await?;
    save(tx, Some(&order), &mut of).await?;
    told(tx, &order, &of).await?;
    Ok((order, of))
}
