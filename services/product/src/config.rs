//! Settings of product alone.

use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

use crate::domain::locale::is_tag;

/// The settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long reserved stock waits for its payment.
    pub reservation_ttl: Duration,
    /// The language of names and descriptions that are no translation.
    pub locale: String,
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
        let locale = reader.text("WARUNG_CATALOG_LOCALE");
        if !is_tag(&locale) {
            reader
                .fault(format!("WARUNG_CATALOG_LOCALE is {locale:?}; write a language tag such as id or en"));
        }
        reader.finish()?;
        Ok(Self { reservation_ttl: Duration::seconds(i64::try_from(seconds).unwrap_or(3600)), locale })
    }
}
