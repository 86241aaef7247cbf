//! Stock is set aside for an order: its payment may be opened.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::{event::StockReserved, id::PaymentId};

use super::{Error, News, Tools};
use crate::{
    domain::{Capture, Fact, Hidden, Payment, Said, Standing, ledger::Revenue},
    providers::Providers,
    store::{attempts, claims, payments},
};

/// What is opened.
#[derive(Debug)]
pub struct Input<'a> {
    pub reserved: StockReserved,
    /// Those that the shop has switched on.
    pub providers: &'a Providers,
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
pub async fn run(tx: &mut Tx, tools: &Tools, input: Input<'_>) -> Result<(), Error> {
    let Input { reserved, providers, ttl, capture } = input;
    let StockReserved { order_id, user_id, total, payment: choice, order_token_hash, totals } = reserved;
    let owner = claims::owner(tx.conn(), order_id, user_id).await?;
    let gone = claims::is_erased(tx.conn(), owner).await?;
    let free = total.amount_minor == 0;
    let now = tx.now();
    let id = PaymentId(tx.new_uuid());
    let mut payment = Payment {
        order_token_hash: order_token_hash.filter(|_| owner == user_id),
        token: choice.token.filter(|_| !gone).map(Hidden::new),
        method: choice.method,
        return_url: choice.return_url.filter(|_| !gone),
        revenue: Revenue::of(total, totals.as_ref()),
        standing: Standing::opening(total, capture),
        expires_at: now + ttl,
        ..Payment::of_order(id, (order_id, owner), total, now)
    };
    if !free {
        payment.provider = choice.provider;
    }
    if !payments::insert(tx.conn(), &payment).await? {
        tracing::debug!(order = %order_id, "it has a payment, or was cancelled; none is opened");
        return Ok(());
    }
    if free {
        return super::apply(tx, tools, &mut payment, News::of(Fact::NothingToPay, "")).await;
    }
    let refused = match providers.get(&payment.provider) {
        Some(provider) => provider.accepts(&payment).err().map(|refused| refused.code),
        None => Some("provider_unavailable".to_owned()),
    };
    match refused {
        None => {
            let (id, kind) = (tx.new_uuid(), attempts::Kind::Open);
            let reason = "stock is set aside";
            let call = attempts::New {
                id,
                payment_id: payment.id,
                kind,
                reason,
                author: None,
                refund_id: None,
                twin: None,
            };
            Ok(super::ask(tx, tools, call).await?)
        }
        Some(code) => {
            let fact = Fact::Provider(Said::Failed(code));
            super::apply(tx, tools, &mut payment, News::of(fact, "")).await
        }
    }
}
