//! What the others are told of a state that an order entered.

use warung_chassis::db::Tx;
use warung_contracts::event::{CancelReason, OrderCancelled, OrderCompleted, OrderConfirmed};

use crate::domain::{Order, State};

/// Tells the others of the state just entered.
pub async fn tell(tx: &mut Tx, order: &Order) -> Result<(), sqlx::Error> {
    let (order_id, user_id, total, number) = (order.id, order.user_id, order.total(), order.number.clone());
    match order.state {
        State::Placed | State::AwaitingPayment | State::Shipped => Ok(()),
        State::Confirmed => tx.emit(&confirmed(order)).await,
        State::Rejected | State::Cancelled => {
            let reason = order.cancel_reason.unwrap_or(CancelReason::OutOfStock);
            let (cart_token_hash, _) = order.guest_hashes();
            tx.emit(&OrderCancelled { order_id, number, user_id, total, reason, cart_token_hash }).await
        }
        State::Completed => tx.emit(&OrderCompleted { order_id, number, user_id }).await,
    }
}

/// The news of a paid order.
pub fn confirmed(order: &Order) -> OrderConfirmed {
    let (cart_token_hash, order_token_hash) = order.guest_hashes();
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
        cart_token_hash,
        order_token_hash,
        coupons: order.applied(),
        served_from: order.served_from.clone(),
        address_version: Some(order.address_version),
    }
}
