//! The customer let the time run out, or nobody took what is set aside: the provider is asked to call the payment off,
//! and what it answers counts.

use warung_chassis::db::Tx;
use warung_contracts::id::PaymentId;

use super::{Error, News, Tools};
use crate::{domain::Fact, store::payments};

/// Begins to end the payment whose time ran out first, if there is one.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, tools: &Tools) -> Result<Option<PaymentId>, Error> {
    let now = tx.now();
    let Some(mut payment) = payments::lock_overdue(tx.conn(), now).await? else { return Ok(None) };
    super::apply(tx, tools, &mut payment, News::of(Fact::TimeUp, "the time ran out")).await?;
    Ok(Some(payment.id))
}
