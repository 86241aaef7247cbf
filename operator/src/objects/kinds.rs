//! Every kind of object a Shop may own: what is read, applied and pruned.

use kube::core::{ApiResource, GroupVersionKind};

/// A kind, as the API server names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind {
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
}

impl Kind {
    const fn new(
        group: &'static str,
        version: &'static str,
        kind: &'static str,
        plural: &'static str,
    ) -> Self {
        Self { group, version, kind, plural }
    }

    /// What `kube` calls an API resource.
    pub fn resource(self) -> ApiResource {
        ApiResource::from_gvk_with_plural(
            &GroupVersionKind::gvk(self.group, self.version, self.kind),
            self.plural,
        )
    }

    /// As discovery of the optional APIs spells it: `<group>/<version>/<Kind>`.
    pub fn served_as(self) -> String {
        format!("{}/{}/{}", self.group, self.version, self.kind)
    }

    /// `apiVersion` of its objects.
    pub fn api_version(self) -> String {
        if self.group.is_empty() { self.version.into() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The kind of this `apiVersion` and `kind`, when the operator may write it.
    pub fn find(api_version: &str, kind: &str) -> Option<Self> {
        BUILT_IN
            .iter()
            .chain(&OPTIONAL)
            .chain([&POD])
            .copied()
            .find(|k| k.kind == kind && k.api_version() == api_version)
    }
}

pub const SECRET: Kind = Kind::new("", "v1", "Secret", "secrets");
pub const CONFIG_MAP: Kind = Kind::new("", "v1", "ConfigMap", "configmaps");
pub const SERVICE: Kind = Kind::new("", "v1", "Service", "services");
pub const SERVICE_ACCOUNT: Kind = Kind::new("", "v1", "ServiceAccount", "serviceaccounts");
pub const DEPLOYMENT: Kind = Kind::new("apps", "v1", "Deployment", "deployments");
pub const STATEFUL_SET: Kind = Kind::new("apps", "v1", "StatefulSet", "statefulsets");
pub const JOB: Kind = Kind::new("batch", "v1", "Job", "jobs");
pub const DISRUPTION_BUDGET: Kind = Kind::new("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets");
pub const AUTOSCALER: Kind =
    Kind::new("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers");
pub const NETWORK_POLICY: Kind = Kind::new("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies");

/// What workloads make: only ever deleted, where it is stuck.
pub const POD: Kind = Kind::new("", "v1", "Pod", "pods");

/// Kinds every cluster has.
pub const BUILT_IN: [Kind; 10] = [
    SECRET,
    CONFIG_MAP,
    SERVICE,
    SERVICE_ACCOUNT,
    DEPLOYMENT,
    STATEFUL_SET,
    JOB,
    DISRUPTION_BUDGET,
    AUTOSCALER,
    NETWORK_POLICY,
];

pub const PEER_AUTHENTICATION: Kind =
    Kind::new("security.istio.io", "v1", "PeerAuthentication", "peerauthentications");
pub const AUTHORIZATION_POLICY: Kind =
    Kind::new("security.istio.io", "v1", "AuthorizationPolicy", "authorizationpolicies");
pub const DESTINATION_RULE: Kind =
    Kind::new("networking.istio.io", "v1", "DestinationRule", "destinationrules");
pub const SERVICE_MONITOR: Kind =
    Kind::new("monitoring.coreos.com", "v1", "ServiceMonitor", "servicemonitors");
pub const POD_MONITOR: Kind = Kind::new("monitoring.coreos.com", "v1", "PodMonitor", "podmonitors");
pub const PROMETHEUS_RULE: Kind =
    Kind::new("monitoring.coreos.com", "v1", "PrometheusRule", "prometheusrules");

/// Kinds that come and go with what is installed.
pub const OPTIONAL: [Kind; 6] = [
    PEER_AUTHENTICATION,
    AUTHORIZATION_POLICY,
    DESTINATION_RULE,
    SERVICE_MONITOR,
    POD_MONITOR,
    PROMETHEUS_RULE,
];
