//! The Kubernetes objects of the gateway, whichever proxy it runs.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::proxy::{Proxy, TLS_FOLDER};
use super::settings::{REDIS_PORT, address};
use super::{HTTP_PORT, HTTPS_PORT, STATUS_PORT};
use crate::api::spec::GatewayServiceType;
use crate::objects::kinds::{self, Kind};
use crate::objects::labels::{self, Component};
use crate::objects::{Object, names};
use crate::observe::Observed;
use crate::plan::route::Route;
use crate::plan::{annotated, mesh, object, restricted_container, restricted_pod};
use crate::validate::ValidShop;

fn gateway(shop: &ValidShop, kind: Kind, name: &str, body: Value) -> Object {
    object(shop, kind, name, (names::GATEWAY, Component::Gateway), body)
}

/// The objects that depend on no key.
pub fn fixed(shop: &ValidShop, observed: &Observed, routes: &[Route]) -> Vec<Object> {
    let selector = labels::selector(&shop.name, names::GATEWAY);
    vec![
        gateway(shop, kinds::SERVICE_ACCOUNT, names::GATEWAY, json!({"automountServiceAccountToken": false})),
        service(shop),
        gateway(
            shop,
            kinds::DISRUPTION_BUDGET,
            names::GATEWAY,
            json!({"spec": {"maxUnavailable": 1, "selector": {"matchLabels": selector}}}),
        ),
        network_policy(shop, observed, routes),
    ]
}

/// The configuration and the pods that read it.
pub fn running(shop: &ValidShop, observed: &Observed, proxy: &Proxy) -> Vec<Object> {
    let name = names::config(names::GATEWAY);
    vec![
        gateway(shop, kinds::CONFIG_MAP, &name, json!({"data": proxy.files})),
        gateway(
            shop,
            kinds::DEPLOYMENT,
            names::GATEWAY,
            json!({"spec": deployment(shop, observed, proxy, &name)}),
        ),
    ]
}

fn service(shop: &ValidShop) -> Object {
    let wanted = &shop.gateway.service;
    let mut http = json!({"name": "http", "port": 80, "targetPort": "http", "appProtocol": "http"});
    if let Some(port) = wanted.node_port {
        http["nodePort"] = json!(port);
    }
    let mut ports = vec![http];
    if shop.gateway.tls_secret.is_some() {
        ports.push(json!({"name": "https", "port": 443, "targetPort": "https", "appProtocol": "https"}));
    }
    let mut spec = json!({
        "type": wanted.type_.as_str(),
        "selector": labels::selector(&shop.name, names::GATEWAY),
        "ports": ports,
    });
    if wanted.type_ == GatewayServiceType::LoadBalancer {
        // Rate limits count client addresses, which a second hop between nodes would hide.
        spec["externalTrafficPolicy"] = json!("Local");
    }
    let service = gateway(shop, kinds::SERVICE, names::GATEWAY, json!({"spec": spec}));
    wanted.annotations.iter().fold(service, |service, (key, value)| annotated(service, key, value))
}

fn deployment(shop: &ValidShop, observed: &Observed, proxy: &Proxy, config: &str) -> Value {
    let selector = labels::selector(&shop.name, names::GATEWAY);
    let mut labels = labels::labels(&shop.name, names::GATEWAY, Component::Gateway);
    let mut annotations = BTreeMap::from([(labels::CHECKSUM.to_owned(), checksum(shop, observed, proxy))]);
    let injection = mesh::injection(shop, observed, mesh::Pod::Gateway);
    labels.extend(injection.labels);
    annotations.extend(injection.annotations);
    json!({
        "replicas": shop.gateway.replicas,
        "revisionHistoryLimit": 3,
        "selector": {"matchLabels": selector},
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
        "template": {
            "metadata": {"labels": labels, "annotations": annotations},
            "spec": {
                "serviceAccountName": names::GATEWAY,
                "automountServiceAccountToken": false,
                "enableServiceLinks": false,
                "terminationGracePeriodSeconds": 30,
                "securityContext": restricted_pod(proxy.uid),
                "imagePullSecrets": shop.image.pull_secrets,
                "topologySpreadConstraints": [{
                    "maxSkew": 1,
                    "topologyKey": "kubernetes.io/hostname",
                    "whenUnsatisfiable": "ScheduleAnyway",
                    "labelSelector": {"matchLabels": selector},
                }],
                "containers": [container(shop, proxy)],
                "volumes": volumes(shop, proxy, config),
            },
        },
    })
}

fn container(shop: &ValidShop, proxy: &Proxy) -> Value {
    let mut ports = vec![
        json!({"name": "http", "containerPort": HTTP_PORT}),
        json!({"name": "status", "containerPort": STATUS_PORT}),
    ];
    let mut mounts = vec![json!({"name": "configuration", "mountPath": proxy.folder, "readOnly": true})];
    for scratch in proxy.scratch {
        mounts.push(json!({"name": scratch.name, "mountPath": scratch.path}));
    }
    if shop.gateway.tls_secret.is_some() {
        ports.push(json!({"name": "https", "containerPort": HTTPS_PORT}));
        mounts.push(json!({"name": "certificate", "mountPath": TLS_FOLDER, "readOnly": true}));
    }
    let mut container = proxy.container.clone();
    container["name"] = json!(names::GATEWAY);
    container["image"] = json!(shop.gateway.image);
    container["imagePullPolicy"] = json!("IfNotPresent");
    container["ports"] = json!(ports);
    container["volumeMounts"] = json!(mounts);
    container["resources"] = json!(shop.gateway.resources);
    container["securityContext"] = restricted_container();
    container
}

fn volumes(shop: &ValidShop, proxy: &Proxy, config: &str) -> Value {
    let mut volumes = vec![json!({"name": "configuration", "configMap": {"name": config}})];
    for scratch in proxy.scratch {
        let mut volume = json!({"sizeLimit": scratch.limit});
        if !scratch.medium.is_empty() {
            volume["medium"] = json!(scratch.medium);
        }
        volumes.push(json!({"name": scratch.name, "emptyDir": volume}));
    }
    if let Some(secret) = &shop.gateway.tls_secret {
        volumes.push(json!({"name": "certificate", "secret": {"secretName": secret, "defaultMode": 0o440}}));
    }
    json!(volumes)
}

/// A fingerprint of the files, and of the certificate where the proxy reads it only at start.
fn checksum(shop: &ValidShop, observed: &Observed, proxy: &Proxy) -> String {
    let mut hash = Sha256::new();
    for (name, text) in &proxy.files {
        hash.update(name);
        hash.update([0]);
        hash.update(text);
        hash.update([0]);
    }
    let certificate = shop.gateway.tls_secret.as_ref().filter(|_| proxy.restarts_for_certificate);
    for (key, value) in certificate.and_then(|secret| observed.referenced.get(secret)).into_iter().flatten() {
        hash.update(key);
        hash.update(value);
    }
    hex::encode(hash.finalize())[..16].to_owned()
}

/// In: clients from anywhere, the status port for probes and Prometheus. Out: names, the services it routes to, and
/// what the Shop makes it use (Redis, traces, the mesh's control plane).
fn network_policy(shop: &ValidShop, observed: &Observed, routes: &[Route]) -> Object {
    let mut open = vec![json!({"port": HTTP_PORT}), json!({"port": STATUS_PORT})];
    if shop.gateway.tls_secret.is_some() {
        open.push(json!({"port": HTTPS_PORT}));
    }
    let to = |part: &str, port: u16| {
        json!({
            "to": [{"podSelector": {"matchLabels": labels::selector(&shop.name, part)}}],
            "ports": [{"port": port}],
        })
    };
    let services: BTreeSet<(&str, u16)> =
        routes.iter().map(|route| (route.service.as_str(), route.port)).collect();
    let mut egress =
        vec![json!({"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]})];
    egress.extend(services.into_iter().map(|(service, port)| to(service, port)));
    if shop.redis.embedded().is_some() {
        egress.push(to(names::REDIS, REDIS_PORT));
    }
    if let Some((_, port)) = shop.observability.tracing_endpoint.as_deref().and_then(address) {
        egress.push(json!({"ports": [{"port": port}]}));
    }
    egress.extend(mesh::egress(shop, observed));
    let mut ingress = vec![json!({"ports": open})];
    ingress.extend(mesh::ingress(shop, observed));
    gateway(
        shop,
        kinds::NETWORK_POLICY,
        names::GATEWAY,
        json!({"spec": {
            "podSelector": {"matchLabels": labels::selector(&shop.name, names::GATEWAY)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": ingress,
            "egress": egress,
        }}),
    )
}
