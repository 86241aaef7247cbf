//! The Shop in an Istio mesh: mutual TLS everywhere, and each service answers only those whom the manifests name.

mod policy;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Document, Fault};
use super::object;
use super::stage::{Key, key};
use crate::api::spec::MeshMode;
use crate::objects::kinds::{self, Kind};
use crate::objects::labels::{self, Component};
use crate::objects::{Object, names};
use crate::observe::Observed;
use crate::validate::{ValidService, ValidShop};

const SERVICE_FILE: &str = "istio/service.yaml";
const SHOP_FILE: &str = "istio/shop.yaml";
const PODS_FILE: &str = "istio/pods.yaml";

/// What a pod is, to the mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pod {
    /// One of the Shop's services: every connection by its sidecar.
    Service,
    /// The gateway: clients come past the sidecar, calls to services leave through it.
    Gateway,
}

/// Labels and annotations that a pod template needs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Injection {
    /// Further labels.
    pub labels: BTreeMap<String, String>,
    /// Further annotations.
    pub annotations: BTreeMap<String, String>,
}

/// Whether the Shop's pods join a mesh: it asks for one, and Istio is there.
pub fn joins(shop: &ValidShop, observed: &Observed) -> bool {
    shop.mesh.mode == MeshMode::Sidecar && observed.apis.istio()
}

/// What a pod template needs to join the mesh, or to stay outside it; nothing where there is no mesh.
pub fn injection(shop: &ValidShop, observed: &Observed, pod: Pod) -> Injection {
    if !joins(shop, observed) {
        return Injection::default();
    }
    let text = include_str!("../../../../istio/pods.yaml");
    // A test reads the file: this build has it right.
    let mut pods: BTreeMap<String, Injection> = document::parse(PODS_FILE, text).unwrap_or_default();
    pods.remove(pod.key()).unwrap_or_default()
}

impl Pod {
    fn key(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Gateway => "gateway",
        }
    }
}

/// Egress rules that a pod with a sidecar needs beside its own: the mesh's control plane.
pub fn egress(shop: &ValidShop, observed: &Observed) -> Vec<Value> {
    // 15012: certificates and configuration of sidecars, over TLS.
    if joins(shop, observed) { vec![json!({"ports": [{"port": 15012}]})] } else { Vec::new() }
}

/// Ingress rules that a pod with a sidecar needs beside its own: the sidecar's health and statistics.
pub fn ingress(shop: &ValidShop, observed: &Observed) -> Vec<Value> {
    // 15020: the kubelet's probes, which the injector sends through the sidecar, and all statistics; 15021: the sidecar's
    // own readiness; 15090: Envoy's statistics alone, which Istio's own PodMonitor asks for.
    let ports = [15020, 15021, 15090].map(|port| json!({"port": port}));
    if joins(shop, observed) { vec![json!({"ports": ports})] } else { Vec::new() }
}

/// Deployments that must be through before the policies are made. A Shop that joins replaces its pods one by one, and
/// strict mutual TLS would cut off those that have no sidecar yet. None once the policies are there: a service that is
/// not ready then holds up nothing.
pub fn gate(shop: &ValidShop, observed: &Observed) -> Vec<Key> {
    let services = || shop.services.iter().map(|service| service.manifest.name.as_str());
    let guarded = |name: &str| observed.live.get(kinds::PEER_AUTHENTICATION.kind, name).is_some();
    if !joins(shop, observed) || services().all(guarded) {
        return Vec::new();
    }
    services().chain([names::GATEWAY]).map(|name| key(kinds::DEPLOYMENT, name)).collect()
}

/// The Shop's policies and traffic rules; none where there is no mesh.
///
/// # Errors
///
/// [`Fault`] when a file of istio/ lacks a place that is filled in.
pub fn plan(shop: &ValidShop, observed: &Observed) -> Result<Vec<Object>, Fault> {
    if !joins(shop, observed) {
        return Ok(Vec::new());
    }
    let mut objects = vec![deny_by_default(shop)?];
    for service in &shop.services {
        objects.extend(of_service(shop, service)?);
    }
    Ok(objects)
}

fn deny_by_default(shop: &ValidShop) -> Result<Object, Fault> {
    let mut document = Document::parse(SHOP_FILE, include_str!("../../../../istio/shop.yaml"))?;
    document.set("denyByDefault/selector/matchLabels", json!({labels::SHOP: shop.name}))?;
    let spec = document.at("denyByDefault")?.take();
    let kind = kinds::AUTHORIZATION_POLICY;
    Ok(object(shop, kind, "deny-by-default", ("mesh", Component::Mesh), json!({"spec": spec})))
}

fn of_service(shop: &ValidShop, service: &ValidService) -> Result<[Object; 3], Fault> {
    let manifest = service.manifest;
    let selector = json!(labels::selector(&shop.name, &manifest.name));
    let mut document = Document::parse(SERVICE_FILE, include_str!("../../../../istio/service.yaml"))?;
    document.set("peerAuthentication/selector/matchLabels", selector.clone())?;
    let admin = json!({"mode": "PERMISSIVE"});
    document.insert("peerAuthentication/portLevelMtls", &manifest.admin_port.to_string(), admin)?;
    document.set("authorizationPolicy/selector/matchLabels", selector)?;
    document.list("authorizationPolicy/rules")?.extend(policy::rules(shop, manifest));
    document
        .set("destinationRule/host", format!("{}.{}.svc.cluster.local", manifest.name, shop.namespace))?;
    let mut make = |place: &str, kind: Kind| -> Result<Object, Fault> {
        let spec = document.at(place)?.take();
        Ok(object(shop, kind, &manifest.name, (&manifest.name, Component::Mesh), json!({"spec": spec})))
    };
    Ok([
        make("peerAuthentication", kinds::PEER_AUTHENTICATION)?,
        make("authorizationPolicy", kinds::AUTHORIZATION_POLICY)?,
        make("destinationRule", kinds::DESTINATION_RULE)?,
    ])
}

/// The identity of a ServiceAccount of the Shop. `cluster.local` stands for the mesh's own trust domain, whatever it is.
fn principal(shop: &ValidShop, account: &str) -> String {
    format!("cluster.local/ns/{}/sa/{account}", shop.namespace)
}

/// The identity of the gateway.
fn gateway(shop: &ValidShop) -> String {
    principal(shop, names::GATEWAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_pod_has_its_labels() {
        let text = include_str!("../../../../istio/pods.yaml");
        let pods: BTreeMap<String, Injection> = document::parse(PODS_FILE, text).expect("it parses");
        assert_eq!(pods.len(), 2);
        for pod in [Pod::Service, Pod::Gateway] {
            assert_eq!(pods[pod.key()].labels["sidecar.istio.io/inject"], "true");
        }
    }
}
