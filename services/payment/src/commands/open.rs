//! Stock is set aside for an order: its payment may be opened.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::{event::StockReserved, id::PaymentId};

use super::{Error, News, Tools};
use crate::{
    domain::{Capture, Fact, Payment, Said, Standing, Way, ledger::Revenue},
    store::{
        claims,
        payments::{self, Opening},
    },
};

/// What is opened.
#[derive(Debug)]
pub struct Input {
    pub reserved: StockReserved,
    /// How long the customer has.
    pub ttl: Duration,
    /// Who takes money that is set aside.
    pub capture: Capture,
}

/// Writes the payment of an order, once, and none for an order that was cancelled. The provider is asked after the
/// commit, and none at all where there is nothing to pay.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, tools: &Tools, input: Input) -> Result<(), Error> {
    let Input { reserved, ttl, capture } = input;
    let StockReserved { order_id, number, user_id, total, payment: choice, order_token_hash, totals, .. } =
        reserved;
    let (owner, gone) = claims::owner_and_erasure(tx.conn(), order_id, user_id).await?;
    let free = total.amount_minor == 0;
    let now = tx.now();
    let payment = Payment {
        order_number: number,
        order_token_hash: order_token_hash.filter(|_| owner == user_id),
        revenue: Revenue::of(total, totals.as_ref()),
        standing: Standing::opening(total, capture),
        expires_at: now + ttl,
        retry_until: Some(now + ttl).filter(|_| tools.tries_max > 1 && !free && !gone),
        ..Payment::of_order(PaymentId(tx.new_uuid()), (order_id, owner), total, now)
    };
    let way = Way::from(choice);
    let way = if gone { way.anonymous() } else { way };
    let payment = if free { payment } else { payment.paid_by(way) };
    if begin(tx, tools, payment, "stock is set aside").await?.is_none() {
        tracing::debug!(order = %order_id, "it has a payment, or was cancelled; none is opened");
    }
    Ok(())
}

/// Writes a try of a payment, and that its provider is to be asked, for this reason; none, where its order has one of its
/// number.
///
/// # Errors
///
/// When the store is away.
pub(super) async fn begin(
    tx: &mut Tx,
    tools: &Tools,
    mut payment: Payment,
    reason: &str,
) -> Result<Option<Payment>, Error> {
    let end = ends_at_once(tools, &payment);
    let id = tx.new_uuid();
    let opening = end.is_none().then_some(Opening { id, reason });
    if !payments::insert(tx.conn(), &payment, opening).await? {
        return Ok(None);
    }
    match end {
        None => super::wake(tx, tools),
        Some(fact) => super::apply(tx, tools, &mut payment, News::of(fact, "")).await?,
    }
    Ok(Some(payment))
}

/// What a try comes to of which nobody is asked: one of nothing, or that its provider doesn't take.
fn ends_at_once(tools: &Tools, payment: &Payment) -> Option<Fact> {
    if payment.amount.amount_minor == 0 {
        return Some(Fact::NothingToPay);
    }
    let refused = match tools.providers.offered(&payment.provider) {
        Some(provider) => provider.accepts(payment).err()?.code,
        None => "provider_unavailable".to_owned(),
    };
    Some(Fact::Provider(Said::Failed(refused)))
}
