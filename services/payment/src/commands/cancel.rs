//! An order was cancelled: what was not paid is called off, what was paid goes back.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::OrderCancelled,
    id::{PaymentId, UserId},
};

use super::{Error, News, Tools};
use crate::{
    domain::{Capture, Closing, Fact, Payment, Standing, State},
    store::{claims, payments},
};

/// Ends every try of an order's payment. Where none was opened, a cancelled one is written in its place, so that none is opened
/// when the news of its stock arrives late.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, tools: &Tools, event: &OrderCancelled) -> Result<(), Error> {
    let order = event.order_id;
    let mut tries = payments::lock_of_order(tx.conn(), order).await?;
    if tries.is_empty() {
        let owner = claims::owner(tx.conn(), order, event.user_id).await?;
        let payment = never_opened(tx, event, owner);
        if payments::insert(tx.conn(), &payment, None).await? {
            return Ok(());
        }
        // Its stock was heard of at the same moment.
        tries = payments::lock_of_order(tx.conn(), order).await?;
    }
    for payment in &mut tries {
        super::apply(tx, tools, payment, News::of(Fact::OrderCancelled, "the order was cancelled")).await?;
    }
    Ok(())
}

fn never_opened(tx: &Tx, event: &OrderCancelled, user_id: UserId) -> Payment {
    let standing = Standing {
        state: State::Cancelled,
        closing: Some(Closing::Cancel),
        ..Standing::opening(event.total, Capture::Automatic)
    };
    let (id, order) = (PaymentId(tx.new_uuid()), (event.order_id, user_id));
    Payment { standing, ..Payment::of_order(id, order, event.total, tx.now()) }
}
