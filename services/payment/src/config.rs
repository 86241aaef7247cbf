//! Settings of payment alone.

use std::sync::Arc;

use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

use crate::{
    domain::Capture,
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
        let names = reader.text("WARUNG_PAYMENT_PROVIDERS");
        let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        let (providers, sandbox) = providers::build(&names, &mut reader, context);
        reader.finish()?;
        let ttl = Duration::seconds(i64::try_from(ttl).unwrap_or(i64::MAX));
        Ok(Self { ttl, capture, providers, sandbox })
    }
}
