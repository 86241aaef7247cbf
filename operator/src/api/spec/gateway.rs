//! The way in.

use std::collections::BTreeMap;

use kube::KubeSchema;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::common::{IMAGE, image_message};
use super::{LocalRef, Resources};

/// The gateway: routes, token checks, rate limits, CORS.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gateway {
    /// Which proxy runs.
    #[serde(default)]
    pub provider: GatewayProvider,
    /// Image to run, with its tag; the operator's choice when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    #[x_kube(validation = Rule::new(IMAGE).message(image_message("gateway.image").as_str()))]
    pub image: Option<String>,
    /// Pods.
    #[serde(default = "replicas")]
    #[schemars(range(min = 0, max = 100))]
    pub replicas: i32,
    /// Compute resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// HTTPS at the gateway.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
    /// Browsers of which origins may call.
    #[serde(default)]
    pub cors: Cors,
    /// Requests per minute and client address, by class: default, login, search, checkout, webhook.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 8))]
    #[x_kube(
        validation = Rule::new("self.all(class, class in ['default', 'login', 'search', 'checkout', 'webhook'])").message("rateLimits has the classes default, login, search, checkout and webhook; write one of these"),
        validation = Rule::new("self.all(class, self[class] >= 1)").message("rateLimits must be at least 1 request a minute")
    )]
    pub rate_limits: BTreeMap<String, u32>,
    /// Largest request body, in bytes.
    #[serde(default = "max_body_bytes")]
    #[schemars(range(min = 1024, max = 104_857_600))]
    pub max_body_bytes: u32,
    /// How the gateway's Service is exposed.
    #[serde(default)]
    pub service: GatewayService,
}

fn replicas() -> i32 {
    1
}

fn max_body_bytes() -> u32 {
    1024 * 1024
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            provider: GatewayProvider::default(),
            image: None,
            replicas: replicas(),
            resources: None,
            tls: None,
            cors: Cors::default(),
            rate_limits: BTreeMap::new(),
            max_body_bytes: max_body_bytes(),
            service: GatewayService::default(),
        }
    }
}

/// The proxies the operator can configure, from one route table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GatewayProvider {
    #[default]
    Kong,
    Envoy,
}

/// HTTPS at the gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Tls {
    /// Secret of type kubernetes.io/tls.
    pub secret_ref: LocalRef,
}

/// Cross-origin requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct Cors {
    /// Origins such as https://kopi.example.com; none by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 32), inner(length(max = 255)))]
    #[x_kube(validation = Rule::new(r"self.all(o, o == '*' || o.matches('^https?://[A-Za-z0-9.:\\[\\]-]+$'))").message("cors.allowedOrigins must be origins without a path, such as https://kopi.example.com, or *"))]
    pub allowed_origins: Vec<String>,
    /// How long a browser remembers the answer, in seconds.
    #[serde(default = "max_age_seconds")]
    #[schemars(range(min = 0, max = 86400))]
    pub max_age_seconds: u32,
}

fn max_age_seconds() -> u32 {
    600
}

impl Default for Cors {
    fn default() -> Self {
        Self { allowed_origins: Vec::new(), max_age_seconds: max_age_seconds() }
    }
}

/// The Service before the gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!has(self.nodePort) || self.type == 'NodePort'").message("service.nodePort needs service.type NodePort; write that type, or leave nodePort out"))]
pub struct GatewayService {
    /// As in a Service.
    #[serde(default, rename = "type")]
    pub type_: GatewayServiceType,
    /// Port on every node for HTTP, one of those that Kubernetes has for it; chosen by the cluster when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 30000, max = 32767))]
    pub node_port: Option<i32>,
    /// Annotations of the Service, for cloud load balancers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// As in a Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum GatewayServiceType {
    #[default]
    ClusterIP,
    NodePort,
    LoadBalancer,
}

impl GatewayServiceType {
    /// As Kubernetes spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClusterIP => "ClusterIP",
            Self::NodePort => "NodePort",
            Self::LoadBalancer => "LoadBalancer",
        }
    }
}
