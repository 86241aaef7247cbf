//! The Deployment of a service.

use serde_json::{Value, json};

use super::environment::Environment;
use super::{ADMIN_PORT, PORT, UID};
use crate::objects::labels::{self, Component};
use crate::objects::{Object, kinds};
use crate::observe::Observed;
use crate::plan::{merge, mesh, object, restricted_container, restricted_pod};
use crate::validate::{ValidService, ValidShop};

/// Time for what a service is doing to end after it was told to stop, in seconds: its longest request and consumer.
const STOP_SECONDS: u32 = 30;

pub fn deployment(
    shop: &ValidShop,
    service: &ValidService,
    environment: &Environment,
    observed: &Observed,
) -> Object {
    let name = service.manifest.name.as_str();
    let mut template = template(shop, service, environment, observed);
    if let Some(patch) = &service.pod_template {
        merge::strategic(&mut template, patch);
    }
    let mut spec = json!({
        "selector": { "matchLabels": labels::selector(&shop.name, name) },
        "strategy": { "type": "RollingUpdate", "rollingUpdate": { "maxSurge": 1, "maxUnavailable": 0 } },
        "revisionHistoryLimit": 3,
        "progressDeadlineSeconds": 600,
        // Only an upgrade waits for the health window: an install need not prove itself against an older version.
        "minReadySeconds": if shop.upgrading() { shop.upgrade.health_window_seconds } else { 0 },
        "template": template,
    });
    if service.autoscaling.is_none() {
        spec["replicas"] = json!(service.replicas);
    }
    let mut deployment =
        object(shop, kinds::DEPLOYMENT, name, (name, Component::Service), json!({ "spec": spec }));
    deployment
        .metadata
        .labels
        .get_or_insert_default()
        .insert(labels::VERSION.into(), service.version.clone());
    deployment
}

fn template(
    shop: &ValidShop,
    service: &ValidService,
    environment: &Environment,
    observed: &Observed,
) -> Value {
    let manifest = service.manifest;
    let mut pod_labels = labels::labels(&shop.name, &manifest.name, Component::Service);
    pod_labels.insert(labels::VERSION.into(), service.version.clone());
    let injection = mesh::injection(shop, observed, mesh::Pod::Service);
    pod_labels.extend(injection.labels);
    let mut annotations = injection.annotations;
    annotations.insert(labels::CHECKSUM.into(), environment.checksum(shop, &manifest.name, observed));
    let probe = |path: &str, period: u32, failures: u32| {
        json!({
            "httpGet": { "path": path, "port": ADMIN_PORT },
            "periodSeconds": period,
            "timeoutSeconds": 2,
            "failureThreshold": failures,
        })
    };
    json!({
        "metadata": {
            "labels": pod_labels,
            "annotations": annotations,
        },
        "spec": {
            "serviceAccountName": manifest.name,
            "automountServiceAccountToken": false,
            "enableServiceLinks": false,
            "imagePullSecrets": super::pull_secrets(shop),
            "securityContext": restricted_pod(UID),
            "terminationGracePeriodSeconds": STOP_SECONDS,
            "topologySpreadConstraints": [
                spread(shop, &manifest.name, "kubernetes.io/hostname"),
                spread(shop, &manifest.name, "topology.kubernetes.io/zone"),
            ],
            "containers": [{
                "name": manifest.name,
                "image": shop.image_of(&service.version),
                "imagePullPolicy": shop.image.pull_policy.as_str(),
                "command": ["/warung"],
                "args": ["serve", manifest.name],
                "envFrom": environment.env_from(manifest),
                "env": environment.env(service),
                "ports": [
                    { "name": PORT, "containerPort": manifest.port, "protocol": "TCP" },
                    { "name": ADMIN_PORT, "containerPort": manifest.admin_port, "protocol": "TCP" },
                ],
                "startupProbe": probe("/startupz", 1, 60),
                "readinessProbe": probe("/readyz", 5, 2),
                "livenessProbe": probe("/livez", 10, 3),
                "resources": service.resources,
                "securityContext": restricted_container(),
                "terminationMessagePolicy": "FallbackToLogsOnError",
                "volumeMounts": [{ "name": "tmp", "mountPath": "/tmp" }],
            }],
            "volumes": [{ "name": "tmp", "emptyDir": { "sizeLimit": "64Mi" } }],
        },
    })
}

fn spread(shop: &ValidShop, name: &str, topology: &str) -> Value {
    json!({
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": { "matchLabels": labels::selector(&shop.name, name) },
    })
}
