//! Goods that no carrier could deliver: a return that nobody had to ask for, and money that nobody has to give.

use warung_chassis::db::Tx;
use warung_contracts::id::ReturnId;

use super::{Error, note, receive::tell, refund::give_back, save};
use crate::{
    domain::{
        Actor, Order,
        returns::{Return, ReturnLine, ReturnState},
    },
    store::{orders, returns, timeline::Kind},
};

/// Opens a return whose goods have arrived and can be sold again, and gives back what was paid for them; lines are places in
/// the order and items of each. Where payment can't, staff try again.
///
/// # Errors
///
/// When the store is away.
pub async fn came_back(tx: &mut Tx, order: &mut Order, lines: &[(u32, u32)]) -> Result<(), Error> {
    if lines.is_empty() {
        return Ok(());
    }
    for (line, quantity) in lines {
        if let Some(line) = order.lines.get_mut(*line as usize) {
            line.returning += quantity;
        }
    }
    orders::update_lines(tx.conn(), order).await?;
    let now = tx.now();
    let line = |(line, quantity): &(u32, u32)| ReturnLine {
        line: *line,
        quantity: *quantity,
        received: Some(*quantity),
        restock: true,
        refund: 0,
    };
    let mut new = Return {
        id: ReturnId(tx.new_uuid()),
        order_id: order.id,
        user_id: order.user_id,
        state: ReturnState::Received,
        lines: lines.iter().map(line).collect(),
        currency: order.total().currency,
        reason: "could not be delivered".to_owned(),
        answer: None,
        refund: None,
        refund_refused: None,
        created_at: now,
        updated_at: now,
    };
    returns::insert(tx.conn(), &new).await?;
    // What has arrived is no part of a new row.
    save(tx, None, &mut new).await?;
    note(tx, order.id, (Kind::Return, Actor::Shipment, None), "goods could not be delivered and came back")
        .await?;
    tell(tx, order, &new).await?;
    give_back(tx, order, &mut new, (Actor::Shipment, None), None).await
}
