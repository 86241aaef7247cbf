//! An administrator decided: kept with who and why, and told.

use warung_chassis::db::Tx;
use warung_contracts::event::PaymentDecided;

use super::News;
use crate::{domain::Payment, store::decisions};

/// Keeps and tells a decision; nothing for what nobody decided.
pub(super) async fn note(tx: &mut Tx, payment: &Payment, news: &News<'_>) -> Result<(), sqlx::Error> {
    let (Some(author), Some((deed, amount_minor))) = (news.author, news.fact.deed()) else { return Ok(()) };
    let (id, now) = (tx.new_uuid(), tx.now());
    let Payment { id: payment_id, order_id, .. } = *payment;
    let new = decisions::New { id, payment_id, deed, amount_minor, reason: news.reason, author };
    decisions::insert(tx.conn(), new, now).await?;
    let amount = amount_minor.map(|minor| payment.money(minor));
    let (deed, reason) = (deed.to_owned(), news.reason.to_owned());
    tx.emit(&PaymentDecided { order_id, payment_id, deed, amount, author, reason }).await
}
