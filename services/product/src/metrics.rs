//! What product counts.

use prometheus_client::metrics::counter::Counter;
use warung_chassis::metrics::Metrics as Registry;

/// The counters.
#[derive(Debug, Clone, Default)]
pub struct Metrics {
    /// Orders that could not be served for lack of stock.
    pub stock_rejections: Counter,
}

impl Metrics {
    /// Makes them part of the service's metrics.
    pub fn register(registry: &Registry) -> Self {
        let metrics = Self::default();
        registry.register(
            "warung_stock_rejections",
            "Orders rejected for lack of stock",
            metrics.stock_rejections.clone(),
        );
        metrics
    }
}
