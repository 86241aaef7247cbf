//! Settings of payment alone.

use std::sync::Arc;

use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

use crate::providers::{Provider, Providers, sandbox};

/// How payment behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long the customer has.
    pub ttl: Duration,
    pub providers: Providers,
    /// The sandbox, where it is switched on: it has a page of its own.
    pub sandbox: Option<Arc<sandbox::Sandbox>>,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn read(context: &Context) -> Result<Self, ConfigError> {
        let mut reader = context.settings();
        let ttl = reader.number("WARUNG_PAYMENT_TTL_SECONDS", 1..=604_800);
        let names = reader.text("WARUNG_PAYMENT_PROVIDERS");
        let mut providers: Vec<Arc<dyn Provider>> = Vec::new();
        let mut company = None;
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                sandbox::NAME => {
                    let secret = reader.secret("WARUNG_SANDBOX_WEBHOOK_SECRET");
                    let books = context.db().pool().clone();
                    let url = &context.common.public_url;
                    let clock = context.clock.clone();
                    let sandbox = Arc::new(sandbox::Sandbox::new(books, clock, secret, url));
                    company = Some(sandbox.clone());
                    providers.push(sandbox);
                }
                other => reader.fault(format!(
                    "WARUNG_PAYMENT_PROVIDERS names {other:?}; the providers there are: {}",
                    sandbox::NAME
                )),
            }
        }
        reader.finish()?;
        let ttl = Duration::seconds(i64::try_from(ttl).unwrap_or(i64::MAX));
        Ok(Self { ttl, providers: Providers::new(providers), sandbox: company })
    }
}
