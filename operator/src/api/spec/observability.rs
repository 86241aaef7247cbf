//! Metrics, alerts, dashboards, traces.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is watched, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Observability {
    /// ServiceMonitors, when the Prometheus Operator is there.
    #[serde(default)]
    pub metrics: Metrics,
    /// Grafana dashboards as ConfigMaps.
    #[serde(default)]
    pub dashboards: Dashboards,
    /// A PrometheusRule, when the Prometheus Operator is there.
    #[serde(default)]
    pub alerts: Alerts,
    /// Where traces go; nowhere when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracing: Option<Tracing>,
}

/// Scraping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metrics {
    /// Whether ServiceMonitors are made.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Seconds between two scrapes.
    #[serde(default = "interval_seconds")]
    #[schemars(range(min = 1, max = 600))]
    pub interval_seconds: u32,
    /// Further labels of ServiceMonitors and PrometheusRules, for a Prometheus that selects by label.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
}

impl Default for Metrics {
    fn default() -> Self {
        Self { enabled: true, interval_seconds: interval_seconds(), labels: BTreeMap::new() }
    }
}

/// Dashboards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Dashboards {
    /// Whether dashboards are made.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// Labels by which Grafana's sidecar finds them.
    #[serde(default = "dashboard_labels")]
    pub labels: BTreeMap<String, String>,
}

impl Default for Dashboards {
    fn default() -> Self {
        Self { enabled: true, labels: dashboard_labels() }
    }
}

fn dashboard_labels() -> BTreeMap<String, String> {
    BTreeMap::from([("grafana_dashboard".into(), "1".into())])
}

/// Alert rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Alerts {
    /// Whether alert rules are made.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// What the shop promises.
    #[serde(default)]
    pub slo: Slo,
}

impl Default for Alerts {
    fn default() -> Self {
        Self { enabled: true, slo: Slo::default() }
    }
}

/// Targets of the service level objectives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Slo {
    /// Share of requests that must not fail, in percent, such as "99.9".
    #[serde(default = "availability_percent")]
    #[schemars(length(max = 8))]
    #[x_kube(validation = Rule::new(r"self.matches('^[0-9]{2}([.][0-9]{1,4})?$')").message("slo.availabilityPercent must be a percentage below 100 in quotes, such as \"99.9\""))]
    pub availability_percent: String,
    /// 99 of 100 requests are answered within so many milliseconds.
    #[serde(default = "latency_p99_ms")]
    #[schemars(range(min = 1, max = 60000))]
    pub latency_p99_ms: u32,
}

impl Default for Slo {
    fn default() -> Self {
        Self { availability_percent: availability_percent(), latency_p99_ms: latency_p99_ms() }
    }
}

/// Traces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct Tracing {
    /// OTLP gRPC endpoint of a collector, such as http://otel-collector.monitoring:4317. Without TLS: what leaves the
    /// cluster leaves it through the collector.
    #[schemars(length(max = 2048))]
    #[x_kube(validation = Rule::new("self.matches('^http://[^ /]+/?$')").message("tracing.endpoint must be an http:// URL of a collector, such as http://otel-collector.monitoring:4317; let the collector send traces on by TLS"))]
    pub endpoint: String,
}

fn yes() -> bool {
    true
}

fn interval_seconds() -> u32 {
    30
}

fn availability_percent() -> String {
    "99.9".into()
}

fn latency_p99_ms() -> u32 {
    1000
}
