//! Somebody calls an order off.

use warung_chassis::db::Tx;
use warung_contracts::id::{OrderId, UserId};

pub use super::advance::Error;
use super::advance::{self, Detail};
use crate::{
    domain::{Actor, Fact, Order},
    metrics::OrderMetrics,
    store::orders,
};

/// Who calls off which order.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    /// The customer whose order it must be; none for an administrator.
    pub user_id: Option<UserId>,
    /// In the caller's words.
    pub reason: Option<String>,
}

/// Cancels an order that is not paid yet.
///
/// # Errors
///
/// [`Error::Unknown`] when there is none or it is not the caller's, [`Error::Refused`] when it is too late.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, input: Input) -> Result<Order, Error> {
    let Input { order_id, user_id, reason } = input;
    let order = orders::lock(tx.conn(), order_id).await?;
    let order = order.ok_or(Error::Unknown(order_id))?;
    let (fact, actor) = match user_id {
        Some(user) if user != order.user_id => return Err(Error::Unknown(order_id)),
        Some(_) => (Fact::CancelledByCustomer, Actor::Customer),
        None => (Fact::CancelledByAdmin, Actor::Admin),
    };
    let reason = reason.unwrap_or_else(|| "called off".to_owned());
    advance::apply(tx, metrics, order, advance::Input { order_id, fact, actor, reason, detail: Detail::None })
        .await
}
