//! Stock is set aside for an order: its payment may be opened.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::{event::StockReserved, id::PaymentId};

use super::{Error, News, Tools};
use crate::{
    domain::{Capture, Fact, Payment, Said, Standing, Way, ledger::Revenue},
    store::{attempts, claims, payments},
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
    let owner = claims::owner(tx.conn(), order_id, user_id).await?;
    let gone = claims::is_erased(tx.conn(), owner).await?;
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
    if !payments::insert(tx.conn(), &payment).await? {
        return Ok(None);
    }
    if payment.amount.amount_minor == 0 {
        super::apply(tx, tools, &mut payment, News::of(Fact::NothingToPay, "")).await?;
        return Ok(Some(payment));
    }
    let refused = match tools.providers.offered(&payment.provider) {
        Some(provider) => provider.accepts(&payment).err().map(|refused| refused.code),
        None => Some("provider_unavailable".to_owned()),
    };
    match refused {
        None => ask(tx, tools, &payment, reason).await?,
        Some(code) => {
            let fact = Fact::Provider(Said::Failed(code));
            super::apply(tx, tools, &mut payment, News::of(fact, "")).await?;
        }
    }
    Ok(Some(payment))
}

async fn ask(tx: &mut Tx, tools: &Tools, payment: &Payment, reason: &str) -> Result<(), sqlx::Error> {
    let (id, payment_id, kind) = (tx.new_uuid(), payment.id, attempts::Kind::Open);
    let (author, refund_id, tax_minor, twin) = (None, None, None, None);
    let call = attempts::New { id, payment_id, kind, reason, author, refund_id, tax_minor, twin };
    super::ask(tx, tools, call).await
}
