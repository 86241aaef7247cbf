//! What changes a payment, one use case a file. A command gets a unit of work and never a client: what the provider must
//! be asked is written as an attempt, and made after the commit.

pub mod cancel;
pub mod expire;
pub mod open;
pub mod refund;
pub mod settle;

use std::sync::Arc;

use tokio::sync::Notify;
use uuid::Uuid;
use warung_chassis::db::Tx;
use warung_contracts::event::{
    NextAction, PaymentExpired, PaymentFailed, PaymentPending, PaymentRefunded, PaymentSucceeded,
};

use crate::{
    domain::{Call, Fact, Payment, Refusal, Said, State, Tell, ledger},
    metrics::PaymentMetrics,
    store::{attempts, ledger as books, payments},
};

/// What every command uses beside its unit of work.
#[derive(Debug, Clone)]
pub struct Tools {
    pub metrics: PaymentMetrics,
    /// Wakes the job that makes calls.
    pub calls: Arc<Notify>,
}

/// Why a fact could not be noted.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error("the store failed")]
    Store(#[from] sqlx::Error),
}

/// A fact on its way to a payment.
#[derive(Debug)]
pub struct News<'a> {
    pub fact: Fact,
    /// Why, for the attempt that may follow.
    pub reason: &'a str,
    /// The refund that was done, where one was.
    pub attempt: Option<Uuid>,
}

/// Applies a fact to a payment that the unit of work holds: state, ledger, events and calls in one commit.
async fn apply(tx: &mut Tx, tools: &Tools, payment: &mut Payment, news: News<'_>) -> Result<(), Error> {
    let before = payment.clone();
    let change = payment.standing.apply(&news.fact)?;
    payment.standing = change.standing;
    match news.fact {
        Fact::Provider(Said::Pending(action)) if change.standing.state == State::Pending => {
            payment.next_action = Some(action);
        }
        Fact::Provider(Said::Failed(reason)) if change.standing.state == State::Failed => {
            payment.failure.get_or_insert(reason);
        }
        _ => {}
    }
    if change.standing.state != State::Pending {
        payment.next_action = None;
    }
    if *payment == before {
        return Ok(());
    }
    let now = tx.now();
    payment.updated_at = now;
    payments::update(tx.conn(), payment).await?;
    if change.moved != 0 {
        let entries = ledger::entries(&payment.provider, payment.money(change.moved));
        let id = tx.new_uuid();
        books::insert(tx.conn(), id, payment, news.attempt, &entries, now).await?;
    }
    if let Some(call) = change.call {
        let kind = match call {
            Call::Void => attempts::Kind::Void,
            Call::Refund(amount) => attempts::Kind::Refund(amount),
        };
        ask(tx, tools, payment, kind, news.reason).await?;
    }
    if let Some(tell) = change.tell {
        announce(tx, payment, tell).await?;
    }
    if payment.standing.state != before.standing.state {
        tools.metrics.entered(tx, payment);
    }
    Ok(())
}

/// Writes that the provider is to be asked, and wakes the job that asks.
async fn ask(
    tx: &mut Tx,
    tools: &Tools,
    payment: &Payment,
    kind: attempts::Kind,
    reason: &str,
) -> Result<(), sqlx::Error> {
    let (id, now) = (tx.new_uuid(), tx.now());
    attempts::insert(tx.conn(), id, payment.id, kind, reason, now).await?;
    let calls = tools.calls.clone();
    tx.after_commit(move || calls.notify_one());
    Ok(())
}

async fn announce(tx: &mut Tx, payment: &Payment, tell: Tell) -> Result<(), sqlx::Error> {
    let Payment { id: payment_id, order_id, user_id, amount, .. } = *payment;
    match tell {
        Tell::Pending => {
            let next_action = payment.next_action.clone().unwrap_or(NextAction::Wait);
            let expires_at = payment.expires_at;
            tx.emit(&PaymentPending { order_id, payment_id, user_id, amount, next_action, expires_at }).await
        }
        Tell::Succeeded => {
            let provider = payment.provider.clone();
            tx.emit(&PaymentSucceeded { order_id, payment_id, user_id, amount, provider }).await
        }
        Tell::Failed => {
            let reason = payment.failure.clone().unwrap_or_else(|| "refused".to_owned());
            tx.emit(&PaymentFailed { order_id, payment_id, reason }).await
        }
        Tell::Expired => tx.emit(&PaymentExpired { order_id, payment_id }).await,
        Tell::Refunded(minor) => {
            let amount = payment.money(minor);
            tx.emit(&PaymentRefunded { order_id, payment_id, user_id, amount }).await
        }
    }
}
