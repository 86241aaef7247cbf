//! An order is not paid by its deadline.

use warung_chassis::db::Tx;

use super::advance::{self, Error};
use crate::{
    domain::{Actor, Detail, Fact, Order},
    metrics::OrderMetrics,
    store::orders,
};

/// Cancels the order whose deadline passed first, if there is one.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics) -> Result<Option<Order>, Error> {
    let now = tx.now();
    let Some(order) = orders::lock_overdue(tx.conn(), now).await? else { return Ok(None) };
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
