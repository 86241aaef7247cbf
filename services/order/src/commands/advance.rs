//! Something happened to an order: the state machine decides, the history remembers, the events tell.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{CancelReason, NextAction, OrderCancelled, OrderCompleted, OrderConfirmed},
    id::OrderId,
    money::Money,
};

use crate::{
    domain::{Actor, Fact, Order, State, Step, step},
    metrics::OrderMetrics,
    store::{history, orders},
};

/// What happened.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    pub fact: Fact,
    pub actor: Actor,
    /// In a few words, for the history.
    pub reason: String,
    pub detail: Detail,
}

/// What a fact brings with it.
#[derive(Debug, Default)]
pub enum Detail {
    #[default]
    None,
    /// What the customer has to do to pay.
    NextAction(NextAction),
    /// What was paid; it must be the total.
    Paid(Money),
    /// Who carries it, and the number to ask them about.
    Tracking { carrier: String, number: String },
}

/// Why it can't be noted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no order {0}")]
    Unknown(OrderId),
    #[error("{fact:?} can't follow while the order is {state}; what comes before it has not arrived")]
    NotYet { state: State, fact: Fact },
    #[error("an order that is {0} can't be cancelled")]
    Refused(State),
    #[error("{paid} was paid for an order of {total}")]
    WrongAmount { paid: Money, total: Money },
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Applies a fact to an order.
///
/// # Errors
///
/// As [`Error`] says.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, input: Input) -> Result<Order, Error> {
    let order = orders::lock(tx.conn(), input.order_id).await?;
    let order = order.ok_or(Error::Unknown(input.order_id))?;
    apply(tx, metrics, order, input).await
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
    let Input { fact, actor, reason, detail, .. } = input;
    let before = order.clone();
    if let Detail::Paid(paid) = &detail
        && *paid != order.total
    {
        return Err(Error::WrongAmount { paid: *paid, total: order.total });
    }
    let to = match step(order.state, fact) {
        Step::To(next) => next,
        Step::End(next, why) => {
            order.cancel_reason = Some(why);
            next
        }
        Step::Stay => order.state,
        Step::NotYet => return Err(Error::NotYet { state: order.state, fact }),
        Step::Refused => return Err(Error::Refused(order.state)),
    };
    order.state = to;
    learn(&mut order, detail);
    if order == before {
        return Ok(order);
    }
    order.updated_at = tx.now();
    orders::update(tx.conn(), &order).await?;
    if order.state != before.state {
        let at = order.updated_at;
        let new =
            history::New { from: Some(before.state), to, actor, reason: &reason, event_id: tx.cause(), at };
        history::insert(tx.conn(), order.id, new).await?;
        tell(tx, &order).await?;
        metrics.entered(tx, &order);
    }
    Ok(order)
}

/// Keeps what a fact brought, where it still matters.
fn learn(order: &mut Order, detail: Detail) {
    match detail {
        Detail::NextAction(action) if order.state == State::AwaitingPayment => {
            order.next_action = Some(action);
        }
        Detail::Tracking { carrier, number } if order.tracking_number.is_none() => {
            order.carrier = Some(carrier);
            order.tracking_number = Some(number);
        }
        Detail::NextAction(_) | Detail::Tracking { .. } | Detail::Paid(_) | Detail::None => {}
    }
    if !order.state.is_unpaid() {
        order.next_action = None;
    }
}

/// Tells the others of the state just entered.
async fn tell(tx: &mut Tx, order: &Order) -> Result<(), sqlx::Error> {
    let Order { id: order_id, user_id, total, .. } = *order;
    let number = order.number.clone();
    match order.state {
        State::Placed | State::AwaitingPayment | State::Shipped => Ok(()),
        State::Confirmed => {
            let (lines, shipping_address) = (order.lines.clone(), order.shipping_address.clone());
            tx.emit(&OrderConfirmed {
                order_id,
                number,
                user_id,
                lines,
                total,
                shipping_address,
                totals: None,
                contact: None,
                shipping: None,
                cart_token_hash: None,
            })
            .await
        }
        State::Rejected | State::Cancelled => {
            let reason = order.cancel_reason.unwrap_or(CancelReason::OutOfStock);
            tx.emit(&OrderCancelled { order_id, number, user_id, total, reason }).await
        }
        State::Completed => tx.emit(&OrderCompleted { order_id, number, user_id }).await,
    }
}
