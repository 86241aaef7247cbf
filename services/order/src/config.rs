//! Settings of order alone.

use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};
use warung_contracts::manifest;

/// How order behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Time until an unpaid order is cancelled.
    pub deadline: Duration,
    /// Names of the payment providers that are switched on.
    pub providers: Vec<String>,
    /// Whether the shop's prices hold their tax.
    pub prices_include_tax: bool,
    /// Returns are taken for so long after an order is complete.
    pub return_within: Duration,
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
        let providers = names(&reader.text("WARUNG_PAYMENT_PROVIDERS"));
        for unknown in providers.iter().filter(|name| manifest::provider(name).is_none()) {
            let known: Vec<&str> = manifest::providers().map(|provider| provider.name.as_str()).collect();
            reader.fault(format!(
                "WARUNG_PAYMENT_PROVIDERS names {unknown:?}; the providers there are: {}",
                known.join(", ")
            ));
        }
        let prices_include_tax = reader.setting("WARUNG_PRICES_INCLUDE_TAX").unwrap_or(true);
        let return_days = reader.number("WARUNG_RETURN_DAYS", 0..=365);
        reader.finish()?;
        Ok(Self {
            deadline: Duration::seconds(i64::try_from(deadline).unwrap_or(i64::MAX)),
            providers,
            prices_include_tax,
            return_within: Duration::days(i64::try_from(return_days).unwrap_or(0)),
        })
    }
}

/// The names in a list.
fn names(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}
