//! Settings of one service.

use kube::KubeSchema;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::json;
use warung_contracts::manifest;

use super::Resources;

/// How one service runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("!(has(self.replicas) && has(self.autoscaling))").message("write either replicas or autoscaling, not both: the autoscaler owns the number of replicas"))]
pub struct Service {
    /// Pods of this service; 1 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0, max = 100))]
    pub replicas: Option<i32>,
    /// Let a HorizontalPodAutoscaler choose the number of pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaling: Option<Autoscaling>,
    /// Compute resources of the service's container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<Resources>,
    /// Another version than the Shop's for this service alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new(r"self.matches('^[0-9]+[.][0-9]+[.][0-9]+(-[0-9A-Za-z.-]+)?$')").message("version must be a semantic version without a leading v, such as 0.1.0"))]
    pub version: Option<String>,
    /// Further environment variables; they win over the operator's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 64))]
    #[x_kube(validation = Rule::new("self.all(one, self.exists_one(other, other.name == one.name))").message("env names a variable twice; write each once"))]
    pub env: Vec<EnvVar>,
    /// A strategic merge patch over the Deployment's pod template, for what has no field here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "pod_template")]
    pub pod_template: Option<serde_json::Value>,
}

/// The rule for a list or a map whose items or keys are names of services: those that have a manifest.
pub fn known_service() -> String {
    let names: Vec<String> = manifest::all().iter().map(|service| format!("'{}'", service.name)).collect();
    format!("self.all(name, name in [{}])", names.join(", "))
}

/// What is said when `field` breaks [`known_service`].
pub fn known_service_message(field: &str) -> String {
    let names: Vec<&str> = manifest::all().iter().map(|service| service.name.as_str()).collect();
    format!("{field} names a service that is not there; write one of {}", names.join(", "))
}

/// What a pod template has at its top, so that a patch at the wrong place is told; what is below is Kubernetes' business.
fn pod_template(_: &mut SchemaGenerator) -> Schema {
    let any = json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true });
    let list = json!({ "type": "array", "items": any });
    let mut spec = any.clone();
    spec["properties"] = json!({ "containers": list, "initContainers": list, "volumes": list });
    json_schema!({ "type": "object", "properties": { "metadata": any, "spec": spec } })
}

/// One environment variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
pub struct EnvVar {
    /// Its name.
    #[schemars(length(min = 1, max = 128))]
    #[x_kube(validation = Rule::new("self.matches('^[A-Za-z_][A-Za-z0-9_]*$')").message("env.name must be letters, digits and _, and not begin with a digit, such as WARUNG_LOG"))]
    pub name: String,
    /// Its value.
    #[schemars(length(max = 4096))]
    pub value: String,
}

/// Bounds of a HorizontalPodAutoscaler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, KubeSchema)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.minReplicas <= self.maxReplicas").message("autoscaling.minReplicas must not be above autoscaling.maxReplicas"))]
pub struct Autoscaling {
    /// Pods at least.
    #[serde(default = "min_replicas")]
    #[schemars(range(min = 1, max = 100))]
    pub min_replicas: i32,
    /// Pods at most.
    #[schemars(range(min = 1, max = 100))]
    pub max_replicas: i32,
    /// Average CPU use aimed at, in percent of the request.
    #[serde(default = "target_cpu_percent")]
    #[schemars(range(min = 1, max = 100))]
    pub target_cpu_percent: i32,
}

fn min_replicas() -> i32 {
    1
}

fn target_cpu_percent() -> i32 {
    70
}
