//! A provider has spoken: the answer of a call, or what it says when it is asked after a webhook.

use uuid::Uuid;
use warung_chassis::db::Tx;

use super::{Error, News, Tools};
use crate::{
    domain::{Fact, Said},
    store::{
        attempts::{self, Attempt, Kind},
        payments,
        webhooks::{self, Webhook},
    },
};

/// Notes the answer of a call; a refund's once.
///
/// # Errors
///
/// When the store is away, or the answer can't be true.
pub async fn answer(tx: &mut Tx, tools: &Tools, attempt: &Attempt, said: Option<Said>) -> Result<(), Error> {
    let now = tx.now();
    // The payment first, then its attempt: the order in which every command takes them.
    let payment = payments::lock(tx.conn(), attempt.payment_id).await?;
    let mut payment = payment.ok_or(sqlx::Error::RowNotFound)?;
    let text = said.as_ref().map_or_else(|| "done".to_owned(), |said| format!("{said:?}"));
    let first = attempts::finish(tx.conn(), attempt.id, &text, now).await?;
    let (fact, refund): (Fact, Option<Uuid>) = match (attempt.kind, said) {
        (Kind::Refund(amount), _) if first => (Fact::RefundDone(amount), Some(attempt.id)),
        // How a payment stands is noted however late it is heard: an answer that was given up may tell of money.
        (Kind::Open | Kind::Void, Some(said)) => (Fact::Provider(said), None),
        (Kind::Refund(_), _) | (Kind::Open | Kind::Void, None) => return Ok(()),
    };
    let news = News { fact, reason: "it was paid after its order had ended", attempt: refund };
    super::apply(tx, tools, &mut payment, news).await
}

/// Notes what a provider said when it was asked because of a webhook, once.
///
/// # Errors
///
/// When the store is away.
pub async fn confirm(tx: &mut Tx, tools: &Tools, webhook: &Webhook, said: Option<Said>) -> Result<(), Error> {
    let now = tx.now();
    let payment = payments::lock(tx.conn(), warung_contracts::id::PaymentId(webhook.payment_id)).await?;
    let text = said.as_ref().map_or_else(|| "unknown payment".to_owned(), |said| format!("{said:?}"));
    if !webhooks::finish(tx.conn(), webhook, &text, now).await? {
        return Ok(());
    }
    let (Some(mut payment), Some(said)) = (payment, said) else { return Ok(()) };
    let news =
        News { fact: Fact::Provider(said), reason: "it was paid after its order had ended", attempt: None };
    super::apply(tx, tools, &mut payment, news).await
}
