//! Settings of product alone.

use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

/// The settings.
#[derive(Debug, Clone, Copy)]
pub struct Config {
    /// How long reserved stock waits for its payment.
    pub reservation_ttl: Duration,
}

impl Config {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn read(context: &Context) -> Result<Self, ConfigError> {
        let mut reader = context.settings();
        let seconds = reader.number("WARUNG_RESERVATION_TTL_SECONDS", 60..=7 * 24 * 3600);
        reader.finish()?;
        Ok(Self { reservation_ttl: Duration::seconds(i64::try_from(seconds).unwrap_or(3600)) })
    }
}
