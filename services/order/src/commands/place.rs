//! A customer checks out.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::{
    event::{OrderPlaced, PaymentChoice, ShippingAddress},
    id::{OrderId, UserId},
    money::Money,
};

use crate::{
    domain::{Actor, Draft, Order, State},
    metrics::OrderMetrics,
    store::{history, orders},
};

/// What is placed.
#[derive(Debug)]
pub struct Input {
    pub user_id: UserId,
    pub draft: Draft,
    pub payment: PaymentChoice,
    pub shipping_address: ShippingAddress,
    /// Upper-case name of the shop, with which numbers begin.
    pub shop: String,
    /// Time until an unpaid order is cancelled.
    pub deadline: Duration,
}

/// Writes the order and says so.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, input: Input) -> Result<Order, sqlx::Error> {
    let Input { user_id, draft, payment, shipping_address, shop, deadline } = input;
    let now = tx.now();
    let id = OrderId(tx.new_uuid());
    let number = orders::next_number(tx.conn()).await?;
    let order = Order {
        id,
        number: format!("{shop}-{number:06}"),
        user_id,
        state: State::Placed,
        refunded: Money::zero(draft.total.currency),
        total: draft.total,
        lines: draft.lines,
        payment,
        next_action: None,
        shipping_address,
        carrier: None,
        tracking_number: None,
        cancel_reason: None,
        deadline_at: now + deadline,
        created_at: now,
        updated_at: now,
    };
    orders::insert(tx.conn(), &order).await?;
    let reason = "checked out";
    let first = history::New {
        from: None,
        to: order.state,
        actor: Actor::Customer,
        reason,
        event_id: tx.cause(),
        at: now,
    };
    history::insert(tx.conn(), id, first).await?;
    tx.emit(&OrderPlaced {
        order_id: id,
        number: order.number.clone(),
        user_id,
        lines: order.lines.clone(),
        total: order.total,
        payment: order.payment.clone(),
        totals: None,
        contact: None,
        cart_token_hash: None,
    })
    .await?;
    metrics.entered(tx, &order);
    Ok(order)
}
