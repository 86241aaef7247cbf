//! The customer takes another way to pay. A try that was refused is followed at once; one that waits is called off first, and
//! followed once its provider has said so.

use warung_chassis::db::Tx;
use warung_contracts::id::OrderId;

use super::{Error, News, Tools, open};
use crate::{
    domain::{Fact, NoOther, Payment, Way},
    store::payments,
};

/// Why a try is opened that is not the first.
pub(super) const REASON: &str = "the customer takes another way";

/// Why it can't be.
#[derive(Debug, thiserror::Error)]
pub enum AnotherError {
    #[error("the order {0} has no payment, or not the caller's")]
    Unknown(OrderId),
    #[error(transparent)]
    NoOther(#[from] NoOther),
    #[error(transparent)]
    Payment(#[from] Error),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// Begins the next try, or calls off the one that waits; says how the latest stands then.
///
/// # Errors
///
/// As [`AnotherError`] says.
pub async fn run(
    tx: &mut Tx,
    tools: &Tools,
    (order, way): (OrderId, Way),
    owns: impl Fn(&Payment) -> bool,
) -> Result<Payment, AnotherError> {
    let latest = payments::lock_of_order(tx.conn(), order).await?.pop().filter(owns);
    let mut latest = latest.ok_or(AnotherError::Unknown(order))?;
    let now = tx.now();
    latest.check_another(tools.tries_max, now)?;
    if latest.standing.state.is_open() {
        latest.next = Some(way);
        super::apply(tx, tools, &mut latest, News::of(Fact::ReplaceAsked, REASON)).await?;
        return Ok(latest);
    }
    let next = latest.follow(way, tools.next(tx)).ok_or(NoOther::Late)?;
    payments::update(tx.conn(), &latest).await?;
    Ok(open::begin(tx, tools, next, REASON).await?.unwrap_or(latest))
}
