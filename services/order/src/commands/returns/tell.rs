//! What others are told of a return that moved on.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{ReturnApproved, ReturnItem, ReturnReceived, ReturnRefused, ReturnRequested, ReturnWithdrawn},
    money::Money,
};

use crate::domain::{
    Order,
    returns::{Return, ReturnLine, ReturnState, expected},
};

/// Tells of the state just entered. What becomes of its money, payment tells.
pub(super) async fn told(tx: &mut Tx, order: &Order, of: &Return) -> Result<(), sqlx::Error> {
    let (order_id, return_id, user_id, number) = (of.order_id, of.id, order.user_id, order.number.clone());
    let (items, answer) = (items(order, of), of.answer.clone());
    let refund = Money::new(expected(order, of).iter().sum(), of.currency);
    match of.state {
        ReturnState::Requested => {
            let reason = of.reason.clone();
            tx.emit(&ReturnRequested { order_id, return_id, number, user_id, items, reason }).await
        }
        ReturnState::Withdrawn => {
            tx.emit(&ReturnWithdrawn { order_id, return_id, number, user_id, items }).await
        }
        ReturnState::Approved => {
            tx.emit(&ReturnApproved { order_id, return_id, number, user_id, items, answer, refund }).await
        }
        ReturnState::Refused => {
            tx.emit(&ReturnRefused { order_id, return_id, number, user_id, items, answer }).await
        }
        ReturnState::Received => {
            tx.emit(&ReturnReceived { order_id, return_id, number, user_id, items, refund }).await
        }
        ReturnState::Refunding | ReturnState::Refunded => Ok(()),
    }
}

/// What is sent back, or of it what arrived.
fn items(order: &Order, of: &Return) -> Vec<ReturnItem> {
    let item = |line: &ReturnLine| {
        let sold = &order.lines.get(line.line as usize)?.sold;
        let quantity = line.received.unwrap_or(line.quantity);
        let (sku, name, variant_name) = (sold.sku.clone(), sold.name.clone(), sold.variant_name.clone());
        (quantity > 0).then_some(ReturnItem { sku, name, variant_name, quantity })
    };
    of.lines.iter().filter_map(item).collect()
}
