//! Settings of cart alone.

use warung_chassis::{config::ConfigError, service::Context};

use crate::{domain::line::QUANTITY_MAX, store::Limits};

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
    let quantity_max = reader.number("WARUNG_CART_QUANTITY_MAX", 1..=u64::from(QUANTITY_MAX));
    let items_max = reader.number("WARUNG_CART_ITEMS_MAX", 1..=1_000_000);
    reader.finish()?;
    let quantity_max = u32::try_from(quantity_max).unwrap_or(QUANTITY_MAX);
    Ok(Limits { ttl_seconds, lines_max, quantity_max, items_max })
}
