//! What goes back for a return, line by line.

use warung_contracts::spread::spread;

use super::{Return, ReturnLine, ReturnState, due};
use crate::domain::Order;

/// What may go back for each line, in minor units: for what arrived of it, or for all that was announced while nothing has.
pub fn dues(order: &Order, of: &Return) -> Vec<i64> {
    let items = |line: &ReturnLine| line.received.unwrap_or(line.quantity);
    let due_of = |line: &ReturnLine| {
        let sold = order.lines.get(line.line as usize);
        sold.map_or(0, |sold| due(sold.paid(), items(line), order.payment_step()))
    };
    of.lines.iter().map(due_of).collect()
}

/// What goes back for each line, or would if it went back now, in minor units: no more than the order still has.
pub fn expected(order: &Order, of: &Return) -> Vec<i64> {
    match of.state {
        ReturnState::Requested | ReturnState::Approved | ReturnState::Received => {
            let dues = dues(order, of);
            spread(dues.iter().sum::<i64>().min(order.unrefunded_minor()).max(0), &dues)
        }
        ReturnState::Refunding | ReturnState::Refunded => of.lines.iter().map(|line| line.refund).collect(),
        ReturnState::Refused | ReturnState::Withdrawn => vec![0; of.lines.len()],
    }
}
