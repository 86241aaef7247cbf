//! Somebody calls an order off.

use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use super::advance;
pub use super::advance::Error;
use crate::{
    domain::{Detail, Fact, Identity, Order, Viewer},
    metrics::OrderMetrics,
    store::orders,
};

/// Who calls off which order.
#[derive(Debug)]
pub struct Input {
    pub order_id: OrderId,
    pub by: Identity,
    /// In the caller's words.
    pub reason: Option<String>,
}

/// Cancels an order that the carrier does not have yet: a customer their own, an administrator anybody's.
///
/// # Errors
///
/// [`Error::Unknown`] when there is none or it is not the caller's, [`Error::Refused`] when it is too late.
pub async fn run(tx: &mut Tx, metrics: &OrderMetrics, input: Input) -> Result<(Order, Viewer), Error> {
    let Input { order_id, by, reason } = input;
    let order = orders::lock(tx.conn(), order_id).await?.ok_or(Error::Unknown(order_id))?;
    let viewer = by.viewer(&order).ok_or(Error::Unknown(order_id))?;
    let fact = match viewer {
        Viewer::Customer => Fact::CancelledByCustomer,
        Viewer::Admin => Fact::CancelledByAdmin,
        Viewer::Staff => return Err(Error::NotAllowed),
    };
    // Its words would stay: what was personal of the account has been erased.
    if viewer == Viewer::Customer && order.forget {
        return Err(Error::AccountGone);
    }
    let (actor, author) = (viewer.actor(), by.user);
    let reason = reason.unwrap_or_else(|| "called off".to_owned());
    let input = advance::Input { order_id, fact, actor, author, reason, detail: Detail::None };
    Ok((advance::apply(tx, metrics, order, input).await?, viewer))
}
