//! Money goes back, by an administrator's wish or the order's.

use warung_chassis::db::Tx;
use warung_contracts::{event::RefundRequested, money::Money};

use super::{Error, News, Tools, Wish, WishError, announce, wish::minor};
use crate::{
    domain::{Fact, Payment},
    store::{attempts, payments},
};

/// Decides a refund of an amount, or of all that can go back; the provider is asked after the commit.
///
/// # Errors
///
/// As [`WishError`] says.
pub async fn run(
    tx: &mut Tx,
    tools: &Tools,
    wish: Wish<'_>,
    amount: Option<Money>,
) -> Result<Payment, WishError> {
    let fact =
        |payment: &Payment| minor(payment, amount, payment.standing.refundable()).map(Fact::RefundAsked);
    wish.grant(tx, tools, fact).await
}

/// The order wants money to go back, under its own id of the refund, once. What can't go back is told, not dead-lettered:
/// whoever asked waits for a word.
///
/// # Errors
///
/// When the store is away, or the order never had a payment.
pub async fn requested(tx: &mut Tx, tools: &Tools, event: &RefundRequested) -> Result<(), WishError> {
    let payment = payments::lock_of_order(tx.conn(), event.order_id).await?;
    let mut payment = payment.ok_or(WishError::Unknown(event.order_id))?;
    let id = event.refund_id.uuid();
    if attempts::exists(tx.conn(), id).await? {
        return Ok(());
    }
    if payment.amount.minus(event.amount).is_err() {
        return Ok(announce::refund_failed(tx, &payment, (Some(id), event.amount), "currency_differs").await?);
    }
    let fact = Fact::RefundAsked(event.amount.amount_minor);
    let news = News { refund: Some(id), ..News::of(fact, &event.reason) };
    match super::apply(tx, tools, &mut payment, news).await {
        Err(Error::Refused(refusal)) => {
            tracing::warn!(payment = %payment.id, %refusal, "a refund that the order wants can't be");
            let told = "nothing_left_to_refund";
            Ok(announce::refund_failed(tx, &payment, (Some(id), event.amount), told).await?)
        }
        done => Ok(done?),
    }
}
