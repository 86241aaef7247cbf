//! What the three StatefulSets have in common.

use serde_json::{Value, json};

use crate::objects::labels::{self, Component};
use crate::objects::{Object, kinds};
use crate::plan::{object, restricted_container, restricted_pod, service};
use crate::validate::{EmbeddedStore, ValidShop};

/// One embedded store.
pub struct Workload<'a> {
    pub name: &'static str,
    pub store: &'a EmbeddedStore,
    /// User the container runs as.
    pub uid: i64,
    /// Port of the store.
    pub port: u16,
    /// Its name; Istio reads the protocol from it.
    pub port_name: &'static str,
    /// Where the volume is mounted.
    pub data: &'static str,
    /// Containers that run first.
    pub init: Vec<Value>,
    /// The container, without what all three share.
    pub container: Value,
    /// Further volumes.
    pub volumes: Vec<Value>,
    /// Fingerprint of the configuration, so that a change replaces the pod.
    pub checksum: String,
    /// Time to write everything down after being told to stop, in seconds.
    pub stop_seconds: u32,
    /// Services that may connect.
    pub clients: Vec<String>,
}

impl Workload<'_> {
    /// ServiceAccount, Service, NetworkPolicy and StatefulSet.
    pub fn objects(self, shop: &ValidShop, operator_namespace: &str) -> Vec<Object> {
        let part = (self.name, Component::Store);
        let selector = labels::selector(&shop.name, self.name);
        let port =
            json!({ "name": self.port_name, "port": self.port, "targetPort": self.port, "protocol": "TCP" });
        let service = json!({ "spec": { "clusterIP": "None", "selector": selector, "ports": [port] } });
        vec![
            service::account(shop, self.name, Component::Store),
            object(shop, kinds::SERVICE, self.name, part, service),
            self.policy(shop, operator_namespace),
            self.stateful_set(shop),
        ]
    }

    fn policy(&self, shop: &ValidShop, operator_namespace: &str) -> Object {
        let pods =
            |name: &String| json!({ "podSelector": { "matchLabels": labels::selector(&shop.name, name) } });
        let mut from: Vec<Value> = self.clients.iter().map(pods).collect();
        from.push(json!({
            "namespaceSelector": { "matchLabels": { "kubernetes.io/metadata.name": operator_namespace } },
            "podSelector": { "matchLabels": { labels::NAME: labels::MANAGER } },
        }));
        let body = json!({ "spec": {
            "podSelector": { "matchLabels": labels::selector(&shop.name, self.name) },
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{ "from": from, "ports": [{ "port": self.port, "protocol": "TCP" }] }],
            "egress": [{ "ports": [{ "port": 53, "protocol": "UDP" }, { "port": 53, "protocol": "TCP" }] }],
        }});
        object(shop, kinds::NETWORK_POLICY, self.name, (self.name, Component::Store), body)
    }

    fn stateful_set(&self, shop: &ValidShop) -> Object {
        let pod_labels = labels::labels(&shop.name, self.name, Component::Store);
        let mount = json!({ "name": "data", "mountPath": self.data });
        let mut container = self.container.clone();
        container["name"] = json!(self.name);
        container["image"] = json!(self.store.image);
        container["imagePullPolicy"] = json!(shop.image.pull_policy.as_str());
        container["resources"] = json!(self.store.resources);
        container["ports"] =
            json!([{ "name": self.port_name, "containerPort": self.port, "protocol": "TCP" }]);
        container["securityContext"] = restricted_container();
        container["terminationMessagePolicy"] = json!("FallbackToLogsOnError");
        push(&mut container, "volumeMounts", mount.clone());
        push(&mut container, "volumeMounts", json!({ "name": "tmp", "mountPath": "/tmp" }));
        let init: Vec<Value> =
            self.init.iter().cloned().map(|one| self.init_container(shop, one, &mount)).collect();
        let mut volumes = self.volumes.clone();
        volumes.push(json!({ "name": "tmp", "emptyDir": {} }));
        let mut claim = json!({
            "accessModes": ["ReadWriteOnce"],
            "resources": { "requests": { "storage": self.store.storage } },
        });
        if let Some(class) = &self.store.storage_class_name {
            claim["storageClassName"] = json!(class);
        }
        let body = json!({ "spec": {
            "serviceName": self.name,
            "replicas": 1,
            "selector": { "matchLabels": labels::selector(&shop.name, self.name) },
            "persistentVolumeClaimRetentionPolicy": { "whenDeleted": "Retain", "whenScaled": "Retain" },
            "template": {
                "metadata": {
                    "labels": pod_labels,
                    "annotations": { labels::CHECKSUM: self.checksum, "sidecar.istio.io/inject": "false" },
                },
                "spec": {
                    "serviceAccountName": self.name,
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "imagePullSecrets": service::pull_secrets(shop),
                    "securityContext": restricted_pod(self.uid),
                    "terminationGracePeriodSeconds": self.stop_seconds,
                    "initContainers": init,
                    "containers": [container],
                    "volumes": volumes,
                },
            },
            // The claim carries the Shop's label, by which it is found when the Shop goes with its data.
            "volumeClaimTemplates": [{
                "apiVersion": "v1",
                "kind": "PersistentVolumeClaim",
                "metadata": { "name": "data", "labels": labels::labels(&shop.name, self.name, Component::Store) },
                "spec": claim,
            }],
        }});
        object(shop, kinds::STATEFUL_SET, self.name, (self.name, Component::Store), body)
    }

    fn init_container(&self, shop: &ValidShop, mut container: Value, mount: &Value) -> Value {
        container["image"] = json!(self.store.image);
        container["imagePullPolicy"] = json!(shop.image.pull_policy.as_str());
        container["resources"] = json!(self.store.resources);
        container["securityContext"] = restricted_container();
        container["terminationMessagePolicy"] = json!("FallbackToLogsOnError");
        push(&mut container, "volumeMounts", mount.clone());
        push(&mut container, "volumeMounts", json!({ "name": "tmp", "mountPath": "/tmp" }));
        container
    }
}

fn push(container: &mut Value, key: &str, item: Value) {
    match container[key].as_array_mut() {
        Some(list) => list.push(item),
        None => container[key] = json!([item]),
    }
}
