//! Settings of payment alone.

use std::sync::Arc;

use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};
use warung_contracts::manifest::means::{self, Means};

use crate::{
    domain::Capture,
    jobs::Rhythm,
    providers::{self, Providers, sandbox},
};

/// How payment behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long the customer has.
    pub ttl: Duration,
    /// Who takes money that is set aside.
    pub capture: Capture,
    pub providers: Providers,
    /// What of those that are offered customers may choose.
    pub means: Vec<Means>,
    /// How often an order's payment is tried at most.
    pub tries_max: u32,
    /// How long the bodies of webhooks are kept after they were worked on.
    pub keep_webhooks: Duration,
    /// How often and how far back payments are compared with their providers.
    pub rhythm: Rhythm,
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
        let capture = reader.setting("WARUNG_PAYMENT_CAPTURE").unwrap_or_default();
        let pause = reader.number("WARUNG_PAYMENT_RECONCILE_SECONDS", 10..=86_400);
        let recent = reader.number("WARUNG_PAYMENT_RECONCILE_DAYS", 1..=90);
        let keep = reader.number("WARUNG_PAYMENT_WEBHOOK_DAYS", 1..=3650);
        let names = reader.list("WARUNG_PAYMENT_PROVIDERS");
        let kept = reader.list("WARUNG_PAYMENT_PROVIDERS_KEPT");
        let tries_max = reader.number("WARUNG_PAYMENT_ATTEMPTS_MAX", 1..=20);
        let (providers, sandbox) = providers::build((&names, &kept), &mut reader, context);
        let (means, faults) = means::means(&names, |variable| reader.list(variable));
        faults.into_iter().for_each(|fault| reader.fault(fault));
        reader.finish()?;
        let seconds = |number| Duration::seconds(i64::try_from(number).unwrap_or(i64::MAX));
        let rhythm = Rhythm { pause: seconds(pause), recent: seconds(recent * 86_400) };
        Ok(Self {
            ttl: seconds(ttl),
            capture,
            providers,
            means,
            tries_max: u32::try_from(tries_max).unwrap_or(1),
            keep_webhooks: seconds(keep * 86_400),
            rhythm,
            sandbox,
        })
    }
}
