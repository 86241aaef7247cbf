//! Something happened to an order: the state machine decides, the history remembers, the events tell.

use time::{Duration, OffsetDateTime};
use warung_chassis::db::Tx;
use warung_contracts::{
    event::{CancelReason, NextAction, OrderCancelled, OrderCompleted, OrderConfirmed},
    id::OrderId,
    money::Money,
};

use crate::{
    domain::{Actor, Fact, Order, State, Step, step},
    metrics::OrderMetrics,
    store::{
        erase, history, orders, redemptions,
        timeline::{self, Kind},
    },
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
    /// What was captured: the total, or less where an administrator took less.
    Paid { amount: Money, partial: bool },
    /// The money is set aside until then, and this much later the order has waited long enough.
    Authorized { until: OffsetDateTime, grace: Duration },
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
    #[error("only administrators call off the orders of others")]
    NotAllowed,
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
    if let Detail::Paid { amount, partial } = &detail {
        check_paid(*amount, *partial, order.total())?;
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
    if order != before {
        order.updated_at = tx.now();
    }
    if order.state == before.state {
        note(tx, &order, order != before, actor, &reason).await?;
        return Ok(order);
    }
    if order.state == State::Completed {
        order.completed_at = Some(order.updated_at);
    }
    let new = history::New { from: before.state, actor, reason: &reason, event_id: tx.cause() };
    orders::update(tx.conn(), &order, Some(&new)).await?;
    if order.cancel_reason.is_some() {
        give_back(tx, &order).await?;
    }
    if order.forget && order.state.is_terminal() {
        erase::person(tx.conn(), order.user_id).await?;
    }
    tell(tx, &order).await?;
    metrics.entered(tx, &order);
    Ok(order)
}

/// What is captured is the total, unless payment says that less was taken.
fn check_paid(paid: Money, partial: bool, total: Money) -> Result<(), Error> {
    let less = paid.currency == total.currency && (1..total.amount_minor).contains(&paid.amount_minor);
    if paid == total || (partial && less) { Ok(()) } else { Err(Error::WrongAmount { paid, total }) }
}

/// Keeps what was heard without moving the order.
async fn note(
    tx: &mut Tx,
    order: &Order,
    changed: bool,
    actor: Actor,
    text: &str,
) -> Result<(), sqlx::Error> {
    if changed {
        orders::update(tx.conn(), order, None).await?;
    }
    let Some(event_id) = tx.cause() else { return Ok(()) };
    let (entry_id, at) = (tx.new_uuid(), tx.now());
    let (kind, author, event_id) = (Kind::Heard, None, Some(event_id));
    let new = timeline::New { entry_id, kind, actor, author, text, event_id, at };
    timeline::insert(tx.conn(), order.id, new).await
}

/// Whoever uses a coupon for an order that is not served may use it again. In the order of ids, as at checkout.
async fn give_back(tx: &mut Tx, order: &Order) -> Result<(), sqlx::Error> {
    let now = tx.now();
    let mut coupons: Vec<_> = order.coupons.iter().map(|used| used.coupon_id).collect();
    coupons.sort_unstable();
    for coupon in coupons {
        redemptions::give_back(tx.conn(), coupon, order.id, now).await?;
    }
    Ok(())
}

/// Keeps what a fact brought, where it still matters.
fn learn(order: &mut Order, detail: Detail) {
    match detail {
        Detail::Paid { amount, .. } if order.state == State::Confirmed => {
            order.paid.get_or_insert(amount);
        }
        Detail::NextAction(action) if order.state == State::AwaitingPayment => {
            order.next_action = Some(action);
        }
        // The customer has done all there is to do; the shop takes the money.
        Detail::Authorized { until, grace } if order.state.is_unpaid() => {
            order.wait_for(until, grace);
            order.next_action = None;
        }
        Detail::Tracking { carrier, number } if order.tracking_number.is_none() => {
            order.carrier = Some(carrier);
            order.tracking_number = Some(number);
        }
        Detail::NextAction(_)
        | Detail::Authorized { .. }
        | Detail::Tracking { .. }
        | Detail::Paid { .. }
        | Detail::None => {}
    }
    if !order.state.is_unpaid() {
        order.next_action = None;
    }
}

/// Tells the others of the state just entered.
async fn tell(tx: &mut Tx, order: &Order) -> Result<(), sqlx::Error> {
    let (order_id, user_id, total, number) = (order.id, order.user_id, order.total(), order.number.clone());
    match order.state {
        State::Placed | State::AwaitingPayment | State::Shipped => Ok(()),
        State::Confirmed => tx.emit(&confirmed(order)).await,
        State::Rejected | State::Cancelled => {
            let reason = order.cancel_reason.unwrap_or(CancelReason::OutOfStock);
            tx.emit(&OrderCancelled { order_id, number, user_id, total, reason }).await
        }
        State::Completed => tx.emit(&OrderCompleted { order_id, number, user_id }).await,
    }
}

fn confirmed(order: &Order) -> OrderConfirmed {
    OrderConfirmed {
        order_id: order.id,
        number: order.number.clone(),
        user_id: order.user_id,
        lines: order.sold(),
        total: order.total(),
        shipping_address: order.shipping_address.clone(),
        totals: Some(order.totals),
        contact: order.contact.clone(),
        shipping: order.shipping.clone(),
        cart_token_hash: order.guest.as_ref().map(|guest| guest.cart_hash.clone()),
        order_token_hash: order.guest.as_ref().map(|guest| hex::encode(&guest.access_hash)),
    }
}
