//! The operator's own metrics, as OpenMetrics text.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Failure {
    reason: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Write {
    verb: &'static str,
    kind: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ready {
    ready: &'static str,
}

/// Every metric of the operator, and the registry that prints them.
pub struct Metrics {
    registry: Registry,
    reconciles: Family<Outcome, Counter>,
    duration: Histogram,
    errors: Family<Failure, Counter>,
    writes: Family<Write, Counter>,
    shops: Family<Ready, Gauge>,
    leader: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Registers every metric.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("warung_operator");
        let reconciles = Family::<Outcome, Counter>::default();
        // 10 ms to 20 s: a settled Shop is read in tens of milliseconds, an install writes for seconds.
        let duration = Histogram::new(exponential_buckets(0.01, 2.0, 12));
        let errors = Family::<Failure, Counter>::default();
        let writes = Family::<Write, Counter>::default();
        let shops = Family::<Ready, Gauge>::default();
        let leader = Gauge::default();
        registry.register("reconciles", "Reconciles by outcome", reconciles.clone());
        let help = "Time one reconcile takes";
        registry.register_with_unit("reconcile_duration", help, Unit::Seconds, duration.clone());
        registry.register("reconcile_errors", "Failed reconciles by reason", errors.clone());
        registry.register(
            "writes",
            "Writes to the API server and the stores, by verb and kind",
            writes.clone(),
        );
        registry.register("shops", "Shops by whether they are ready", shops.clone());
        registry.register("leader", "1 while this replica holds the lease", leader.clone());
        Self { registry, reconciles, duration, errors, writes, shops, leader }
    }

    /// Counts one reconcile.
    pub fn reconciled(&self, outcome: &'static str, took: Duration) {
        self.reconciles.get_or_create(&Outcome { outcome }).inc();
        self.duration.observe(took.as_secs_f64());
    }

    /// Counts one failure.
    pub fn failed(&self, reason: &'static str) {
        self.errors.get_or_create(&Failure { reason }).inc();
    }

    /// Counts one write.
    pub fn wrote(&self, verb: &'static str, kind: &str) {
        self.writes.get_or_create(&Write { verb, kind: kind.into() }).inc();
    }

    /// Says how many Shops are ready and how many are not.
    pub fn shops(&self, ready: usize, not_ready: usize) {
        let set = |label, count: usize| {
            self.shops.get_or_create(&Ready { ready: label }).set(i64::try_from(count).unwrap_or(i64::MAX))
        };
        set("true", ready);
        set("false", not_ready);
    }

    /// Says whether this replica holds the lease.
    pub fn leads(&self, leads: bool) {
        self.leader.set(leads.into());
    }

    /// Everything as OpenMetrics text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String can't fail.
        let _ = prometheus_client::encoding::text::encode(&mut text, &self.registry);
        text
    }
}
