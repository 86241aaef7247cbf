//! An order is not paid by its deadline.

use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use super::advance::{self, Error};
use crate::{
    domain::{Actor, Detail, Fact, Order},
    metrics::OrderMetrics,
    store::orders,
};

/// Cancels an order whose deadline passed; none when it is paid or ended meanwhile.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, id: OrderId) -> Result<Option<Order>, Error> {
    let now = tx.now();
    let Some(order) = orders::lock_overdue(tx.conn(), id, now).await? else { return Ok(None) };
    let input = advance::Input {
        order_id: order.id,
        fact: Fact::DeadlinePassed,
        actor: Actor::Clock,
        author: None,
        reason: "not paid by its deadline".to_owned(),
        detail: Detail::None,
    };
    advance::apply(tx, metrics, order, input).await.map(Some)
}
