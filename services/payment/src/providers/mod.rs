//! Payment providers behind one trait. To add one: a folder here, an arm in [`build`], its wire format kept inside the
//! folder. Amounts leave and enter as minor units; how a provider writes them only its adapter knows.

mod answer;
#[cfg(test)]
pub mod contracts;
pub mod http;
pub mod midtrans;
pub mod notation;
pub mod paypal;
pub mod sandbox;
pub mod stripe;
#[cfg(test)]
mod testing;
pub mod xendit;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::{config::Reader, service::Context};
use warung_contracts::money::Money;

pub use self::answer::{
    About, Disputed, Lookup, NoAnswer, Notice, Refund, RefundStatus, Refused, Snapshot, Trouble, WebhookError,
};
use crate::domain::Payment;

/// A call on its way to a provider.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The idempotency key: the same each time this call is made again.
    pub key: Uuid,
    pub payment: &'a Payment,
}

/// What a provider answers in the end.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Trouble>>;

/// A company that moves money. Every call may be made again with the same key and then acts once. An adapter reports
/// what the company says and compares nothing: an amount that differs is held by the machine.
pub trait Provider: fmt::Debug + Send + Sync {
    /// Its name in a checkout, in metrics and in the path of its webhooks.
    fn name(&self) -> &'static str;

    /// How long it remembers idempotency keys. A call whose answer was lost is not made again after that.
    fn key_lifetime(&self) -> time::Duration;

    /// Whether a payment can be made here, before anything is asked: its currency, amount and method.
    ///
    /// # Errors
    ///
    /// `currency_not_supported`, `amount_not_expressible`, `method_not_supported`.
    fn accepts(&self, payment: &Payment) -> Result<(), Refused>;

    /// Opens a payment.
    fn open<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot>;

    /// How a payment stands.
    fn lookup<'a>(&'a self, payment: &'a Payment) -> Answer<'a, Lookup>;

    /// Sets aside what the customer approved; for providers that say [`Said::Approved`](crate::domain::Said).
    fn authorize<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot> {
        let name = ask.payment.provider.clone();
        Box::pin(async move { Err(Trouble::permanent(format!("{name} has nothing to authorise"))) })
    }

    /// Takes money that is set aside or approved, once; the rest is freed.
    fn capture<'a>(&'a self, ask: Ask<'a>, amount: Money) -> Answer<'a, Snapshot>;

    /// Calls a payment off; says how it stands now, which may be that it was paid before.
    fn void<'a>(&'a self, ask: Ask<'a>) -> Answer<'a, Snapshot>;

    /// Gives money back.
    fn refund<'a>(&'a self, ask: Ask<'a>, amount: Money, reason: &'a str) -> Answer<'a, Refund>;

    /// How far a refund is; `ask.key` is the key it was made with. None when they never heard of it.
    fn refund_status<'a>(
        &'a self,
        ask: Ask<'a>,
        reference: Option<&'a str>,
        amount: Money,
    ) -> Answer<'a, Option<Refund>>;

    /// How a dispute stands, by their id of it; none where they never heard of it, or tell disputes with their payments alone.
    fn dispute<'a>(&'a self, _: &'a str) -> Answer<'a, Option<Disputed>> {
        Box::pin(async { Ok(None) })
    }

    /// Their ids of the disputes that are new since a time; none where they have no such list.
    fn disputes(&self, _: OffsetDateTime) -> Answer<'_, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Checks a webhook on its raw body.
    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>>;
}

/// The providers that are offered and those that are only kept, and the sandbox where it is among them. What is wrong is
/// noted as a fault.
pub fn build(
    (offered, kept): (&[String], &[String]),
    reader: &mut Reader<'_>,
    context: &Context,
) -> (Providers, Option<Arc<sandbox::Sandbox>>) {
    let mut company = None;
    let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
    let kept: Vec<&String> = kept.iter().filter(|name| !offered.contains(name)).collect();
    for name in offered.iter().chain(kept.iter().copied()) {
        match name.as_str() {
            midtrans::NAME => providers.extend(midtrans::from_settings(reader, context)),
            paypal::NAME => providers.extend(paypal::from_settings(reader, context)),
            xendit::NAME => providers.extend(xendit::from_settings(reader, context)),
            sandbox::NAME => providers.push(company.insert(sandbox::from_settings(reader, context)).clone()),
            stripe::NAME => providers.extend(stripe::from_settings(reader, context).map(erased)),
            other => {
                let variable = match kept.contains(&name) {
                    true => "WARUNG_PAYMENT_PROVIDERS_KEPT",
                    false => "WARUNG_PAYMENT_PROVIDERS",
                };
                let known = NAMES.join(", ");
                reader.fault(format!("{variable} names {other:?}; the providers there are: {known}"));
            }
        }
    }
    let kept = providers.iter().map(|provider| provider.name()).filter(|name| kept.iter().any(|k| k == name));
    let kept = kept.collect();
    (Providers::new(providers, kept), company)
}

fn erased<P: Provider + 'static>(provider: Arc<P>) -> Arc<dyn Provider> {
    provider
}

/// Every provider there is an adapter for.
pub const NAMES: [&str; 5] = [midtrans::NAME, paypal::NAME, sandbox::NAME, stripe::NAME, xendit::NAME];

/// The providers a shop knows, by name: it has their credentials.
#[derive(Debug, Clone, Default)]
pub struct Providers {
    known: BTreeMap<&'static str, Arc<dyn Provider>>,
    /// Those of them that open nothing new.
    kept: BTreeSet<&'static str>,
}

impl Providers {
    /// These providers, of which some are only kept for what was opened before.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>, kept: BTreeSet<&'static str>) -> Self {
        let known = providers.into_iter().map(|provider| (provider.name(), provider)).collect();
        Self { known, kept }
    }

    /// The provider of this name, if the shop knows it: for all that was opened before.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.known.get(name)
    }

    /// The provider of this name, if new payments may be opened there.
    pub fn offered(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.get(name).filter(|provider| !self.kept.contains(provider.name()))
    }

    /// The names of all that the shop knows.
    pub fn names(&self) -> Vec<&'static str> {
        self.known.keys().copied().collect()
    }
}
