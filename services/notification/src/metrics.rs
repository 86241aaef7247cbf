//! What notification counts.

use prometheus_client::{encoding::EncodeLabelSet, metrics::counter::Counter, metrics::family::Family};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    channel: String,
    outcome: &'static str,
}

/// Metrics of notification.
pub struct Metrics {
    notifications: Family<Labels, Counter>,
}

impl Metrics {
    /// Adds them to the service's.
    pub fn register(all: &warung_chassis::metrics::Metrics) -> Self {
        let notifications = Family::<Labels, Counter>::default();
        all.register(
            "warung_notifications",
            "Attempts to send a message, by what came of them",
            notifications.clone(),
        );
        Self { notifications }
    }

    /// Counts one attempt; `outcome` is sent, skipped, retry or failed.
    pub fn count(&self, channel: &str, outcome: &'static str) {
        self.notifications.get_or_create(&Labels { channel: channel.to_owned(), outcome }).inc();
    }
}
