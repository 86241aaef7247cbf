//! The customer let the time run out, or nobody took what is set aside: the provider is asked to call the payment off,
//! and what it answers counts. A payment that was refused, and that nobody tried again, has failed for good.

use warung_chassis::db::Tx;
use warung_contracts::id::PaymentId;

use super::{Error, News, Tools, announce};
use crate::{
    domain::{Fact, Payment, Tell},
    store::payments,
};

/// Begins to end a payment whose time ran out; says whether it did, or the payment moved meanwhile.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, tools: &Tools, id: PaymentId) -> Result<bool, Error> {
    let now = tx.now();
    let Some(mut payment) = payments::lock_overdue(tx.conn(), id, now).await? else { return Ok(false) };
    let news = News::of(Fact::TimeUp, "the time ran out");
    match payment.standing.state.is_open() {
        true => super::apply(tx, tools, &mut payment, news).await?,
        false => give_up(tx, &mut payment, &news).await?,
    }
    Ok(true)
}

/// Tells that no other try follows.
async fn give_up(tx: &mut Tx, payment: &mut Payment, news: &News<'_>) -> Result<(), sqlx::Error> {
    payment.retry_until = None;
    payment.updated_at = tx.now();
    payments::update(tx.conn(), payment).await?;
    announce::run(tx, payment, Tell::Failed, news).await
}
