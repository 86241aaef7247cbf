//! An order was cancelled: what was not paid is called off, what was paid goes back.

use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use super::{Error, News, Tools};
use crate::{
    domain::Fact,
    store::{cancelled_orders, payments},
};

/// Ends the payment of an order, or remembers that none may be opened.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, tools: &Tools, order: OrderId) -> Result<(), Error> {
    cancelled_orders::lock_order(tx.conn(), order).await?;
    let now = tx.now();
    match payments::lock_of_order(tx.conn(), order).await? {
        Some(mut payment) => {
            let news = News { fact: Fact::OrderCancelled, reason: "the order was cancelled", attempt: None };
            super::apply(tx, tools, &mut payment, news).await
        }
        None => Ok(cancelled_orders::insert(tx.conn(), order, now).await?),
    }
}
