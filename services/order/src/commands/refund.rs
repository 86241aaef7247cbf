//! Payment gave money back, or could not: the order says how much went back, and a return goes on.

use warung_chassis::db::Tx;
use warung_contracts::{
    id::{OrderId, PaymentId, RefundId},
    money::Money,
};

use super::returns;
use crate::{
    domain::{Actor, Order, Overdrawn, returns::Deed},
    store::{
        orders,
        refunds::{self, Ended},
        timeline::Kind,
    },
};

/// What payment says of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    pub order_id: OrderId,
    /// The try that took the money.
    pub payment_id: PaymentId,
    pub amount: Money,
    /// The refund that was asked for; none for one that payment began.
    pub refund_id: Option<RefundId>,
    /// Whether the shop paid it back itself, outside of the provider.
    pub offline: bool,
}

/// Why it can't be noted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no order {0}")]
    Unknown(OrderId),
    #[error(transparent)]
    Overdrawn(#[from] Overdrawn),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Adds what went back. Late money of a try that another followed is a line of the timeline, and no more.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn done(tx: &mut Tx, input: Input) -> Result<(), Error> {
    let Input { order_id, payment_id, amount, refund_id, offline } = input;
    let mut order = lock(tx, order_id).await?;
    let counts = order.gave_back(payment_id, amount)?;
    if counts {
        order.updated_at = tx.now();
        orders::save(tx.conn(), &[&order]).await?;
    }
    let text = match (counts, offline) {
        (false, _) => format!("{amount} of another try to pay went back"),
        (true, true) => format!("{amount} went back, paid by the shop itself"),
        (true, false) => format!("{amount} went back"),
    };
    returns::note(tx, order_id, (Kind::Refund, Actor::Payment, None), &text).await?;
    end(tx, &mut order, refund_id, Ok(amount)).await
}

/// Notes that money could not go back: staff may try again.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn failed(tx: &mut Tx, input: Input, reason: &str) -> Result<(), Error> {
    let Input { order_id, amount, refund_id, .. } = input;
    let mut order = lock(tx, order_id).await?;
    let text = format!("{amount} could not go back: {reason}");
    returns::note(tx, order_id, (Kind::Refund, Actor::Payment, None), &text).await?;
    end(tx, &mut order, refund_id, Err(reason)).await
}

async fn lock(tx: &mut Tx, id: OrderId) -> Result<Order, Error> {
    let mut order = orders::lock(tx.conn(), id).await?.ok_or(Error::Unknown(id))?;
    orders::refresh_lines(tx.conn(), &mut order).await?;
    Ok(order)
}

/// Brings the return of a refund on, once: with what went back of it, or why nothing did.
async fn end(
    tx: &mut Tx,
    order: &mut Order,
    refund: Option<RefundId>,
    went_back: Result<Money, &str>,
) -> Result<(), Error> {
    let (Some(refund), now) = (refund, tx.now()) else { return Ok(()) };
    let ended = refunds::end(tx.conn(), order.id, refund, went_back.err(), now).await?;
    let Some(Ended { of, late }) = ended else { return Ok(()) };
    let deed = match went_back {
        Ok(_) if late => Deed::RefundedLate,
        Ok(_) => Deed::RefundDone,
        Err(_) => Deed::RefundFailed,
    };
    Ok(returns::end_refund(tx, order, of, (deed, went_back.ok())).await?)
}
