//! Settings of shipment alone.

use time::Duration;
use warung_chassis::{config::ConfigError, service::Context};

/// How shipment behaves.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Time the sandbox carrier takes for each step; none when only the admin call moves parcels.
    pub carrier_step: Option<Duration>,
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
        reader.finish()?;
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        Ok(Self { carrier_step: (seconds > 0).then(|| Duration::seconds(seconds)) })
    }
}
