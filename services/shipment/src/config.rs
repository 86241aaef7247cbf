//! Settings of shipment alone.

use secrecy::SecretString;
use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

/// How shipment behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Time the sandbox carrier takes for each step; none when only the admin call moves parcels.
    pub carrier_step: Option<Duration>,
    /// How long a quote holds.
    pub quote_ttl: Duration,
    /// Signs quotes.
    pub quote_key: SecretString,
}

impl Settings {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn read(context: &Context) -> Result<Self, ConfigError> {
        let mut reader = context.settings();
        let seconds = reader.number("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", 0..=86_400);
        let quote_seconds = reader.number("WARUNG_SHIPPING_QUOTE_TTL_SECONDS", 60..=86_400);
        let quote_key = reader.secret("WARUNG_SHIPPING_QUOTE_KEY");
        reader.finish()?;
        Ok(Self {
            carrier_step: (seconds > 0).then(|| duration(seconds)),
            quote_ttl: duration(quote_seconds),
            quote_key,
        })
    }
}

fn duration(seconds: u64) -> Duration {
    Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}
