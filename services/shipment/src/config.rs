//! Settings of shipment alone.

use secrecy::SecretString;
use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

use crate::carriers::sandbox;

/// Carriers that have an adapter.
const KNOWN: [&str; 1] = [sandbox::CODE];

/// Says that no carrier is switched on; an empty variable counts as unset.
const NONE: &str = "none";

/// How shipment behaves.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The carriers that are switched on, by code; the first takes new parcels.
    pub carriers: Vec<String>,
    /// Time the sandbox carrier takes for each step; none when only staff and webhooks move parcels.
    pub carrier_step: Option<Duration>,
    /// Whether the sandbox carrier gives tracking numbers itself.
    pub carrier_books: bool,
    /// Signs the sandbox carrier's webhooks.
    pub carrier_secret: SecretString,
    /// Grams of a parcel at most when orders are packed; 0 never splits.
    pub parcel_max_grams: u64,
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
        let step_seconds = reader.number("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", 0..=86_400);
        let quote_seconds = reader.number("WARUNG_SHIPPING_QUOTE_TTL_SECONDS", 60..=86_400);
        let mut carriers = reader.list("WARUNG_CARRIERS");
        if carriers == [NONE] {
            carriers.clear();
        }
        for strange in carriers.iter().filter(|code| !KNOWN.contains(&code.as_str())) {
            let known = KNOWN.join(", ");
            reader.fault(format!(
                "WARUNG_CARRIERS names {strange:?}; the carriers there are: {known}; or write {NONE} alone"
            ));
        }
        let settings = Self {
            carriers,
            carrier_step: (step_seconds > 0).then(|| duration(step_seconds)),
            carrier_books: reader.setting("WARUNG_SANDBOX_CARRIER_BOOKS").unwrap_or_default(),
            carrier_secret: reader.secret("WARUNG_SANDBOX_CARRIER_SECRET"),
            parcel_max_grams: reader.number("WARUNG_PARCEL_MAX_GRAMS", 0..=1_000_000_000),
            quote_ttl: duration(quote_seconds),
            quote_key: reader.secret("WARUNG_SHIPPING_QUOTE_KEY"),
        };
        reader.finish()?;
        Ok(settings)
    }
}

fn duration(seconds: u64) -> Duration {
    Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}
