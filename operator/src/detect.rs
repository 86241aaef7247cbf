//! Which optional APIs the cluster serves.

use std::collections::BTreeSet;

/// API groups that a Shop uses when they are there.
pub const OPTIONAL_GROUPS: [&str; 3] = ["security.istio.io", "networking.istio.io", "monitoring.coreos.com"];

/// The optional kinds served now, as `<group>/<version>/<Kind>`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apis {
    served: BTreeSet<String>,
}

impl Apis {
    /// From what discovery said.
    pub fn new(served: impl IntoIterator<Item = String>) -> Self {
        Self { served: served.into_iter().collect() }
    }

    /// Everything that could ever be there: for rendering without a cluster.
    pub fn all() -> Self {
        Self::new(crate::plan::kinds::OPTIONAL.iter().map(|kind| kind.served_as()))
    }

    /// Whether this kind is served, such as (`security.istio.io`, `v1`, `PeerAuthentication`).
    pub fn serves(&self, group: &str, version: &str, kind: &str) -> bool {
        self.served.contains(&format!("{group}/{version}/{kind}"))
    }

    /// Whether Istio's policies and traffic rules are there.
    pub fn istio(&self) -> bool {
        self.serves("security.istio.io", "v1", "PeerAuthentication")
            && self.serves("security.istio.io", "v1", "AuthorizationPolicy")
            && self.serves("networking.istio.io", "v1", "DestinationRule")
    }

    /// Whether the Prometheus Operator's monitors and rules are there.
    pub fn prometheus_operator(&self) -> bool {
        self.serves("monitoring.coreos.com", "v1", "ServiceMonitor")
            && self.serves("monitoring.coreos.com", "v1", "PrometheusRule")
    }
}
