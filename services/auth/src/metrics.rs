//! What auth counts.

use prometheus_client::metrics::counter::Counter;

/// Metrics of auth.
pub struct Metrics {
    /// Accounts made by registration.
    pub registrations: Counter,
}

impl Metrics {
    /// Adds them to the service's.
    pub fn register(all: &warung_chassis::metrics::Metrics) -> Self {
        let registrations = Counter::default();
        all.register("warung_registrations", "Accounts made by registration", registrations.clone());
        Self { registrations }
    }
}
