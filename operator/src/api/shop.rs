//! The root of the resource.

use std::collections::BTreeMap;

use kube::{CustomResource, KubeSchema};
use serde::{Deserialize, Serialize};
use warung_contracts::currency::Currency;

use super::ShopStatus;
use super::spec::{
    Commerce, DeletionPolicy, Gateway, Image, Mesh, Nats, Notifications, Observability, PaymentProvider,
    Payments, Postgres, Redis, Service, Upgrade, known_service, known_service_message,
};

/// An online shop backend: eight services, their stores, a gateway, policies and dashboards.
#[derive(CustomResource, Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[kube(
    group = "warung.dev",
    version = "v1alpha1",
    kind = "Shop",
    namespaced,
    shortname = "shop",
    category = "warung",
    status = "ShopStatus",
    derive = "PartialEq",
    cel,
    doc = "An online shop backend: services, stores, gateway, policies and dashboards.",
    validation = Rule::new("self.metadata.name.size() <= 20").message("metadata.name must be at most 20 characters, so that the names made from it fit; write a shorter one"),
    validation = Rule::new("self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')").message("metadata.name must be a DNS label that begins with a letter (a-z, 0-9, -), such as kopi"),
    printcolumn(name = "Version", type_ = "string", json_path = ".status.version"),
    printcolumn(name = "Desired", type_ = "string", json_path = ".spec.version"),
    printcolumn(name = "Ready", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].status"),
    printcolumn(name = "Reason", type_ = "string", json_path = ".status.conditions[?(@.type=='Ready')].reason", priority = "1"),
    printcolumn(name = "Test", type_ = "string", json_path = ".status.conditions[?(@.type=='TestMode')].status", priority = "1"),
    printcolumn(name = "Paused", type_ = "boolean", json_path = ".spec.paused"),
    printcolumn(name = "URL", type_ = "string", json_path = ".status.url"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
)]
#[serde(rename_all = "camelCase")]
pub struct ShopSpec {
    /// Version of the application to run, such as 0.1.0. Changing it is an upgrade.
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new(r"self.matches('^[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.-]+)?$')").message("version must be a semantic version without a leading v, such as 0.1.0 or 1.2.0-rc.1"))]
    pub version: String,

    /// DNS name under which customers reach the shop.
    #[schemars(length(max = 253))]
    #[x_kube(validation = Rule::new(r"self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')").message("host must be a DNS name in lower case without scheme, port or path, such as kopi.example.com"))]
    pub host: String,

    /// Currency of every price, as its ISO 4217 code. It can't be changed: amounts already stored would change their meaning.
    #[schemars(length(max = 16))]
    #[x_kube(
        validation = Rule::new("self.matches('^[A-Z]{3}$')").message("currency must be an ISO 4217 code of three capital letters, such as IDR"),
        validation = Rule::new(known_currency()).message("currency is none of ISO 4217 in use; write one of them, such as IDR"),
        validation = Rule::new("self == oldSelf").message("currency can't be changed; create another Shop for another currency")
    )]
    pub currency: String,

    /// Where the application's image comes from.
    #[serde(default)]
    pub image: Image,

    /// Settings of single services, by the service's name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(extend("maxProperties" = 32))]
    #[x_kube(validation = Rule::new(known_service()).message(known_service_message("services").as_str()))]
    pub services: BTreeMap<String, Service>,

    /// Where each service's database lives.
    #[serde(default)]
    pub postgres: Postgres,

    /// What carries the events.
    #[serde(default)]
    pub nats: Nats,

    /// What holds carts, limits and sessions.
    #[serde(default)]
    pub redis: Redis,

    /// The way in.
    #[serde(default)]
    pub gateway: Gateway,

    /// Istio.
    #[serde(default)]
    pub mesh: Mesh,

    /// Metrics, alerts, dashboards, traces.
    #[serde(default)]
    pub observability: Observability,

    /// How the shop sells.
    #[serde(default)]
    pub commerce: Commerce,

    /// How customers pay.
    #[serde(default)]
    pub payments: Payments,

    /// How customers are told.
    #[serde(default)]
    pub notifications: Notifications,

    /// How a new version is rolled out.
    #[serde(default)]
    pub upgrade: Upgrade,

    /// What happens to the data when the Shop is deleted.
    #[serde(default)]
    pub deletion_policy: DeletionPolicy,

    /// The operator changes nothing while this is true.
    #[serde(default)]
    pub paused: bool,
}

/// The rule for a currency: one that prices can be in.
fn known_currency() -> String {
    let codes: Vec<String> = Currency::codes().map(|code| format!("'{code}'")).collect();
    format!("self in [{}]", codes.join(", "))
}

impl ShopSpec {
    /// A Shop of these three values, all else as by default.
    pub fn new(version: &str, host: &str, currency: &str) -> Self {
        Self {
            version: version.into(),
            host: host.into(),
            currency: currency.into(),
            image: Image::default(),
            services: BTreeMap::new(),
            postgres: Postgres::default(),
            nats: Nats::default(),
            redis: Redis::default(),
            gateway: Gateway::default(),
            mesh: Mesh::default(),
            observability: Observability::default(),
            commerce: Commerce::default(),
            payments: Payments { providers: vec![PaymentProvider::sandbox()] },
            notifications: Notifications::default(),
            upgrade: Upgrade::default(),
            deletion_policy: DeletionPolicy::default(),
            paused: false,
        }
    }
}
