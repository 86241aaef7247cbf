//! Stock is set aside for an order: its payment may be opened.

use time::Duration;
use warung_chassis::db::Tx;
use warung_contracts::{event::StockReserved, id::PaymentId};

use super::{Error, News, Tools};
use crate::{
    domain::{Fact, Payment, Said, Standing},
    store::{attempts, cancelled_orders, payments},
};

/// What is opened.
#[derive(Debug)]
pub struct Input {
    pub reserved: StockReserved,
    /// Whether the shop has the provider switched on.
    pub known_provider: bool,
    /// How long the customer has.
    pub ttl: Duration,
}

/// Writes the payment of an order, once, and none for an order that was cancelled. The provider is asked after the
/// commit.
///
/// # Errors
///
/// When the store is away.
pub async fn run(tx: &mut Tx, tools: &Tools, input: Input) -> Result<(), Error> {
    let Input { reserved, known_provider, ttl } = input;
    let StockReserved { order_id, user_id, total, payment: choice } = reserved;
    cancelled_orders::lock_order(tx.conn(), order_id).await?;
    if cancelled_orders::contains(tx.conn(), order_id).await? {
        tracing::info!(order = %order_id, "reserved after it was cancelled; no payment is opened");
        return Ok(());
    }
    let now = tx.now();
    let mut payment = Payment {
        id: PaymentId(tx.new_uuid()),
        order_id,
        user_id,
        provider: choice.provider,
        token: choice.token,
        amount: total,
        standing: Standing::opening(total.amount_minor),
        next_action: None,
        failure: None,
        expires_at: now + ttl,
        created_at: now,
        updated_at: now,
    };
    if !payments::insert(tx.conn(), &payment).await? {
        return Ok(());
    }
    if known_provider {
        return Ok(super::ask(tx, tools, &payment, attempts::Kind::Open, "stock is set aside").await?);
    }
    let fact = Fact::Provider(Said::Failed("provider_unavailable".to_owned()));
    super::apply(tx, tools, &mut payment, News { fact, reason: "", attempt: None }).await
}
