//! Settings of cart alone.

use warung_chassis::{config::ConfigError, service::Context};

use crate::store::Limits;

/// Reads them.
///
/// # Errors
///
/// All faults at once.
pub fn read(context: &Context) -> Result<Limits, ConfigError> {
    let mut reader = context.settings();
    let ttl_seconds = reader.number("WARUNG_CART_TTL_SECONDS", 60..=366 * 24 * 3600);
    // 500 is what product answers for in one call.
    let lines_max = reader.number("WARUNG_CART_LINES_MAX", 1..=500);
    reader.finish()?;
    Ok(Limits { ttl_seconds, lines_max })
}
