//! A Shop as later steps see it: types that can't be wrong.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::Resource;
use warung_contracts::manifest::{Manifest, RateClass};

use super::{Credential, NatsStore, UrlStore};
use crate::api::{Shop, spec};

/// A Shop that can be carried out.
#[derive(Clone, Debug)]
pub struct ValidShop {
    pub name: String,
    pub namespace: String,
    pub uid: String,
    /// Namespace the operator runs in.
    pub operator_namespace: String,
    /// Version to run.
    pub version: String,
    /// Version that every service ran last, when this Shop was ever complete.
    pub running_version: Option<String>,
    /// DNS name of the shop.
    pub host: String,
    /// Where customers reach it: scheme, host and port.
    pub public_url: String,
    /// Issuer (`iss`) of access tokens: the public URL, by which the services name themselves.
    pub issuer: String,
    /// ISO 4217 code.
    pub currency: String,
    pub image: spec::Image,
    /// Every service, those that are called before those that call.
    pub services: Vec<ValidService>,
    pub postgres: UrlStore,
    pub nats: NatsStore,
    pub redis: UrlStore,
    pub gateway: ValidGateway,
    pub mesh: spec::Mesh,
    pub observability: ValidObservability,
    pub commerce: spec::Commerce,
    pub payments: spec::Payments,
    pub notifications: spec::Notifications,
    pub upgrade: spec::Upgrade,
    pub deletion_policy: spec::DeletionPolicy,
    /// What the annotation says that asks for a rotation of the token keys.
    pub rotate_token_keys: Option<String>,
}

/// One service and how it runs.
#[derive(Clone, Debug)]
pub struct ValidService {
    pub manifest: &'static Manifest,
    pub version: String,
    /// Pods; 0 is allowed. Meaningless with `autoscaling`.
    pub replicas: i32,
    pub autoscaling: Option<spec::Autoscaling>,
    pub resources: spec::Resources,
    pub env: Vec<spec::EnvVar>,
    /// Variables out of Secrets of the user.
    pub credentials: Vec<Credential>,
    /// Patch over the pod template.
    pub pod_template: Option<serde_json::Value>,
}

/// The gateway and how it runs.
#[derive(Clone, Debug)]
pub struct ValidGateway {
    pub provider: spec::GatewayProvider,
    /// Image and tag.
    pub image: String,
    pub replicas: i32,
    pub resources: spec::Resources,
    /// Name of a Secret with `tls.crt` and `tls.key` that was seen to exist.
    pub tls_secret: Option<String>,
    pub cors: spec::Cors,
    /// Requests per minute and client address, for every class.
    pub rate_limits: BTreeMap<RateClass, u32>,
    pub max_body_bytes: u32,
    pub service: spec::GatewayService,
}

/// What is watched, and how.
#[derive(Clone, Debug)]
pub struct ValidObservability {
    pub metrics: spec::Metrics,
    pub dashboards: spec::Dashboards,
    pub alerts: bool,
    /// Share of requests that may fail, in parts per million (1 to 999 999): 1000 for 99.9 %.
    pub error_budget_ppm: u32,
    /// Latency promised to 99 of 100 requests, in milliseconds.
    pub latency_p99_ms: u32,
    /// OTLP gRPC endpoint.
    pub tracing_endpoint: Option<String>,
}

impl ValidShop {
    /// The owner of every object of this Shop.
    pub fn owner_reference(&self) -> OwnerReference {
        OwnerReference {
            api_version: Shop::api_version(&()).into_owned(),
            kind: Shop::kind(&()).into_owned(),
            name: self.name.clone(),
            uid: self.uid.clone(),
            controller: Some(true),
            block_owner_deletion: Some(true),
        }
    }

    /// The application's image at this version.
    pub fn image_of(&self, version: &str) -> String {
        format!("{}:{version}", self.image.repository)
    }

    /// Whether a complete Shop is on its way to another version.
    pub fn upgrading(&self) -> bool {
        self.running_version.as_ref().is_some_and(|running| *running != self.version)
    }

    /// Whether customers can pay at the sandbox, where no money moves.
    pub fn is_in_test_mode(&self) -> bool {
        self.payments
            .providers
            .iter()
            .any(|one| one.offered && one.name == spec::PaymentProviderName::Sandbox)
    }

    /// The service of this name.
    pub fn service(&self, name: &str) -> Option<&ValidService> {
        self.services.iter().find(|service| service.manifest.name == name)
    }
}
