//! Settings of order alone.

use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

/// How order behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Time until an unpaid order is cancelled.
    pub deadline: Duration,
    /// Names of the payment providers that are switched on.
    pub providers: Vec<String>,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn read(context: &Context) -> Result<Self, ConfigError> {
        let mut reader = context.settings();
        let deadline = reader.number("WARUNG_ORDER_DEADLINE_SECONDS", 1..=604_800);
        let providers = reader.text("WARUNG_PAYMENT_PROVIDERS");
        reader.finish()?;
        let names = providers.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Self {
            deadline: Duration::seconds(i64::try_from(deadline).unwrap_or(i64::MAX)),
            providers: names.map(str::to_owned).collect(),
        })
    }
}
