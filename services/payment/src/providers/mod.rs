//! Payment providers behind one trait. To add one: a folder here, a name in [`Providers::new`], its wire format kept
//! inside the folder. Amounts leave and enter as minor units; how a provider writes them only its adapter knows.

pub mod sandbox;

use std::{collections::BTreeMap, fmt, sync::Arc};

use axum::http::HeaderMap;
use futures::future::BoxFuture;
use time::OffsetDateTime;
use uuid::Uuid;
use warung_contracts::{id::PaymentId, money::Money};

use crate::domain::{Payment, Said};

/// A call that brought no answer; it is made again.
#[derive(Debug, thiserror::Error)]
#[error("the provider did not answer: {0}")]
pub struct NoAnswer(pub String);

impl From<sqlx::Error> for NoAnswer {
    fn from(error: sqlx::Error) -> Self {
        Self(error.to_string())
    }
}

/// What a verified webhook speaks of. What it says of the payment is not believed: the provider is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The provider's id of the webhook.
    pub event_id: String,
    pub payment_id: PaymentId,
}

/// Why a webhook is not taken.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("the signature is missing or malformed: {0}")]
    Unsigned(&'static str),
    #[error("the signature is not ours")]
    Forged,
    #[error("it was signed more than {0} minutes ago or ahead")]
    Stale(i64),
    #[error("the body is not what this provider sends: {0}")]
    Malformed(String),
    #[error("it can't be noted now")]
    NoAnswer(#[from] NoAnswer),
}

/// A company that moves money. Every call may be made again with the same `attempt` and then acts once.
pub trait Provider: fmt::Debug + Send + Sync {
    /// Its name in a checkout, in metrics and in the path of its webhooks.
    fn name(&self) -> &'static str;

    /// Opens a payment.
    fn open<'a>(&'a self, attempt: Uuid, payment: &'a Payment) -> BoxFuture<'a, Result<Said, NoAnswer>>;

    /// How a payment stands; none when the provider never heard of it.
    fn lookup<'a>(&'a self, payment: &'a Payment) -> BoxFuture<'a, Result<Option<Said>, NoAnswer>>;

    /// Calls a payment off; says how it stands now, which may be that it was paid before.
    fn void<'a>(&'a self, attempt: Uuid, payment: &'a Payment) -> BoxFuture<'a, Result<Said, NoAnswer>>;

    /// Gives money back.
    fn refund<'a>(
        &'a self,
        attempt: Uuid,
        payment: &'a Payment,
        amount: Money,
    ) -> BoxFuture<'a, Result<(), NoAnswer>>;

    /// Checks a webhook on its raw body.
    fn webhook<'a>(
        &'a self,
        headers: &'a HeaderMap,
        body: &'a [u8],
        now: OffsetDateTime,
    ) -> BoxFuture<'a, Result<Notice, WebhookError>>;
}

/// The providers a shop has switched on, by name.
#[derive(Debug, Clone, Default)]
pub struct Providers(BTreeMap<&'static str, Arc<dyn Provider>>);

impl Providers {
    /// These providers.
    pub fn new(providers: impl IntoIterator<Item = Arc<dyn Provider>>) -> Self {
        Self(providers.into_iter().map(|provider| (provider.name(), provider)).collect())
    }

    /// The provider of this name, if it is switched on.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Provider>> {
        self.0.get(name)
    }

    /// Their names.
    pub fn names(&self) -> Vec<&'static str> {
        self.0.keys().copied().collect()
    }
}
