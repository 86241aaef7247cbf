//! What the others hear of a payment.

use warung_chassis::db::Tx;
use warung_contracts::{
    event::{
        NextAction, PaymentAuthorized, PaymentExpired, PaymentFailed, PaymentPending, PaymentRefunded,
        RefundFailed,
    },
    id::RefundId,
    money::Money,
};

use super::News;
use crate::domain::{Fact, Payment, Tell};

/// Writes the event.
pub async fn run(tx: &mut Tx, payment: &Payment, tell: Tell, news: &News<'_>) -> Result<(), sqlx::Error> {
    let Payment { id: payment_id, order_id, user_id, amount, expires_at, retry_until, .. } = *payment;
    let attempt = Some(payment.attempt);
    let refund_id = news.refund.as_ref().map(|refund| refund.id);
    match tell {
        Tell::Pending => {
            let next_action = payment.next_action.clone().unwrap_or(NextAction::Wait);
            let provider = Some(payment.provider.clone());
            tx.emit(&PaymentPending {
                order_id,
                payment_id,
                user_id,
                amount,
                next_action,
                expires_at,
                attempt,
                provider,
                retry_until,
            })
            .await
        }
        Tell::Authorized => {
            let amount = payment.money(payment.standing.authorized);
            tx.emit(&PaymentAuthorized { order_id, payment_id, user_id, amount, expires_at, attempt }).await
        }
        Tell::Succeeded => tx.emit(&payment.succeeded()).await,
        // What ended there before its time may be tried again.
        Tell::Expired if retry_until.is_none() => {
            tx.emit(&PaymentExpired { order_id, payment_id, attempt }).await
        }
        Tell::Failed | Tell::Expired => {
            let reason = payment.failure.clone().unwrap_or_else(|| "voided".to_owned());
            let user_id = Some(user_id);
            tx.emit(&PaymentFailed { order_id, payment_id, reason, attempt, user_id, retry_until }).await
        }
        Tell::Refunded(minor) => {
            let amount = payment.money(minor);
            let offline = matches!(news.fact, Fact::RefundedOffline { .. }).then_some(true);
            tx.emit(&PaymentRefunded { order_id, payment_id, user_id, amount, refund_id, offline }).await
        }
        Tell::RefundFailed(minor) => {
            refund_failed(tx, payment, (refund_id, payment.money(minor)), news.reason).await
        }
    }
}

/// Says that money that was to go back can't.
pub async fn refund_failed(
    tx: &mut Tx,
    payment: &Payment,
    (refund_id, amount): (Option<RefundId>, Money),
    reason: &str,
) -> Result<(), sqlx::Error> {
    let Payment { id: payment_id, order_id, .. } = *payment;
    let reason = reason.to_owned();
    tx.emit(&RefundFailed { order_id, payment_id, refund_id, amount, reason }).await
}
