//! PostgreSQL, NATS and Redis: run by the operator, or somewhere else.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use kube::KubeSchema;
use serde::{Deserialize, Serialize};

use super::common::{IMAGE, image_message};
use super::{Resources, SecretKeyRef};

/// The size of a volume stays, also when the section is left out and written again. A store that moves has none.
const SIZE_KEPT: &str = "has(self.external) || has(oldSelf.external) || \
     (has(self.embedded) ? string(self.embedded.storage) : '5Gi') == (has(oldSelf.embedded) ? string(oldSelf.embedded.storage) : '5Gi')";
const SIZE_KEPT_MESSAGE: &str = "storage can't be changed here; expand the PersistentVolumeClaim of the store itself (kubectl edit pvc data-<store>-0)";

/// So does its StorageClass.
const CLASS_KEPT: &str = "has(self.external) || has(oldSelf.external) || \
     (has(self.embedded) && has(self.embedded.storageClassName) ? self.embedded.storageClassName : '') == \
     (has(oldSelf.embedded) && has(oldSelf.embedded.storageClassName) ? oldSelf.embedded.storageClassName : '')";
const CLASS_KEPT_MESSAGE: &str = "storageClassName can't be changed: a volume stays where it was made; create another Shop and copy the data";

/// Where each service's database lives: `embedded` (the default) or `external`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("!(has(self.embedded) && has(self.external))").message("write either postgres.embedded or postgres.external, not both"),
    validation = Rule::new("has(self.external) || !has(oldSelf.external)").message("postgres can't go back from external to embedded: the data would stay behind; create another Shop"),
    validation = Rule::new(SIZE_KEPT).message(SIZE_KEPT_MESSAGE),
    validation = Rule::new(CLASS_KEPT).message(CLASS_KEPT_MESSAGE)
)]
pub struct Postgres {
    /// One PostgreSQL server in a StatefulSet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<EmbeddedStore>,
    /// A server somewhere else. The Secret's key holds `postgres://user:password@host:port/database` of a role that may create
    /// roles and databases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalStore>,
}

/// What carries the events: `embedded` (the default) or `external`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("!(has(self.embedded) && has(self.external))").message("write either nats.embedded or nats.external, not both"),
    validation = Rule::new(SIZE_KEPT).message(SIZE_KEPT_MESSAGE),
    validation = Rule::new(CLASS_KEPT).message(CLASS_KEPT_MESSAGE)
)]
pub struct Nats {
    /// One NATS server in a StatefulSet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<EmbeddedStore>,
    /// A NATS cluster with JetStream somewhere else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalNats>,
}

/// What holds carts, limits and sessions: `embedded` (the default) or `external`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[x_kube(
    validation = Rule::new("!(has(self.embedded) && has(self.external))").message("write either redis.embedded or redis.external, not both"),
    validation = Rule::new(SIZE_KEPT).message(SIZE_KEPT_MESSAGE),
    validation = Rule::new(CLASS_KEPT).message(CLASS_KEPT_MESSAGE)
)]
pub struct Redis {
    /// One Redis server in a StatefulSet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedded: Option<EmbeddedStore>,
    /// A server somewhere else. The Secret's key holds `redis://:password@host:port/database`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external: Option<ExternalStore>,
}

/// A store that the operator runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!(has(self.image) && has(self.version))").message("write either image, with its tag, or version, not both"))]
pub struct EmbeddedStore {
    /// Size of the volume.
    #[serde(default = "storage")]
    #[x_kube(validation = Rule::new("isQuantity(string(self)) && quantity(string(self)).isGreaterThan(quantity('0'))").message("storage must be a quantity above 0; write a size such as 5Gi"))]
    pub storage: Quantity,
    /// StorageClass of the volume; the cluster's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253))]
    pub storage_class_name: Option<String>,
    /// Compute resources.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// Image to run, with its tag; the operator's choice when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 255))]
    #[x_kube(validation = Rule::new(IMAGE).message(image_message("embedded.image").as_str()))]
    pub image: Option<String>,
    /// Tag of the official image; the operator's choice when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.matches('^[A-Za-z0-9_][A-Za-z0-9_.-]*$')").message("version must be a tag of the official image, such as 7.0"))]
    pub version: Option<String>,
}

fn storage() -> Quantity {
    Quantity("5Gi".into())
}

impl Default for EmbeddedStore {
    fn default() -> Self {
        Self { storage: storage(), storage_class_name: None, resources: None, image: None, version: None }
    }
}

/// A store that somebody else runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalStore {
    /// The Secret with its URL.
    pub secret_ref: SecretKeyRef,
}

/// A NATS cluster that somebody else runs. The Secret's key holds `nats://host:port`; its keys `user` and `password`, where present,
/// log in every service and the operator. Users that may do less are the business of that cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExternalNats {
    /// The Secret with its URL.
    pub secret_ref: SecretKeyRef,
    /// Copies of each stream: 1, 3 or 5.
    #[serde(default = "replicas")]
    #[schemars(range(min = 1, max = 5))]
    #[x_kube(validation = Rule::new("self in [1, 3, 5]").message("replicas must be 1, 3 or 5: an even number of copies survives no more than one copy less"))]
    pub replicas: u8,
}

fn replicas() -> u8 {
    3
}
