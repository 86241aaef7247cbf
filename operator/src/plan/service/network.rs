//! Who may talk to a service, and to whom it may talk: the manifests' call graph as a NetworkPolicy.

use serde_json::{Value, json};

use super::environment::{outside_ports, token_signer};
use crate::objects::labels::{self, Component};
use crate::objects::{Object, kinds, names};
use crate::observe::Observed;
use crate::plan::{mesh, object};
use crate::validate::{NatsStore, UrlStore, ValidService, ValidShop};

pub fn policy(shop: &ValidShop, service: &ValidService, observed: &Observed) -> Object {
    let name = service.manifest.name.as_str();
    let body = json!({ "spec": {
        "podSelector": { "matchLabels": labels::selector(&shop.name, name) },
        "policyTypes": ["Ingress", "Egress"],
        "ingress": ingress(shop, service, observed),
        "egress": egress(shop, service, observed),
    }});
    object(shop, kinds::NETWORK_POLICY, name, (name, Component::Service), body)
}

/// Migrations reach the database and nothing else; nobody reaches them.
pub fn migrations(shop: &ValidShop) -> Object {
    let selector = json!({ labels::SHOP: shop.name, labels::COMPONENT: Component::Migration.as_str() });
    let body = json!({ "spec": {
        "podSelector": { "matchLabels": selector },
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [dns(), to_database(shop)],
    }});
    let part = (names::MIGRATIONS, Component::Migration);
    object(shop, kinds::NETWORK_POLICY, names::MIGRATIONS, part, body)
}

fn ingress(shop: &ValidShop, service: &ValidService, observed: &Observed) -> Vec<Value> {
    let manifest = service.manifest;
    let calls = |caller: &&ValidService| caller.manifest.callees().contains(&manifest.name.as_str());
    let mut callers: Vec<&str> =
        shop.services.iter().filter(calls).map(|s| s.manifest.name.as_str()).collect();
    if token_signer(shop).is_some_and(|signer| signer.name == manifest.name) {
        // Everybody fetches the keys that tokens are checked with.
        callers =
            shop.services.iter().map(|s| s.manifest.name.as_str()).filter(|n| *n != manifest.name).collect();
    }
    if !manifest.routes.is_empty() {
        callers.push(names::GATEWAY);
    }
    // Probes come from the node and scrapes from any namespace; neither port nor paths tell secrets.
    let mut rules = vec![json!({ "ports": [port(manifest.admin_port)] })];
    if !callers.is_empty() {
        let from: Vec<Value> = callers.iter().map(|caller| pods(shop, caller)).collect();
        rules.push(json!({ "from": from, "ports": [port(manifest.port)] }));
    }
    rules.extend(mesh::ingress(shop, observed));
    rules
}

fn egress(shop: &ValidShop, service: &ValidService, observed: &Observed) -> Vec<Value> {
    let manifest = service.manifest;
    let mut rules = vec![dns()];
    let mut callees: Vec<&ValidService> =
        manifest.callees().into_iter().filter_map(|name| shop.service(name)).collect();
    if let Some(signer) = token_signer(shop).filter(|signer| signer.name != manifest.name) {
        let known = callees.iter().any(|callee| callee.manifest.name == signer.name);
        callees.extend(shop.service(&signer.name).filter(|_| !known));
    }
    for callee in callees {
        rules.push(
            json!({ "to": [pods(shop, &callee.manifest.name)], "ports": [port(callee.manifest.port)] }),
        );
    }
    if manifest.database.is_some() {
        rules.push(to_database(shop));
    }
    rules.push(match &shop.nats {
        NatsStore::Embedded(_) => to_store(shop, names::NATS, 4222),
        NatsStore::External { url, .. } => json!({ "ports": [port(url.port())] }),
    });
    if manifest.redis {
        rules.push(match &shop.redis {
            UrlStore::Embedded(_) => to_store(shop, names::REDIS, 6379),
            UrlStore::External(store) => json!({ "ports": [port(store.port())] }),
        });
    }
    if let Some(otlp) = shop.observability.tracing_endpoint.as_ref().and_then(|url| url::Url::parse(url).ok())
    {
        rules.push(json!({ "ports": [port(otlp.port_or_known_default().unwrap_or(4317))] }));
    }
    rules.extend(mesh::egress(shop, observed));
    let outside = outside_ports(shop, service, observed);
    if !outside.is_empty() {
        // Link-local addresses are a cloud's metadata service, which hands out the node's credentials.
        let everywhere = json!([
            { "ipBlock": { "cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"] } },
            { "ipBlock": { "cidr": "::/0", "except": ["fe80::/10"] } },
        ]);
        rules.push(json!({ "to": everywhere, "ports": outside.into_iter().map(port).collect::<Vec<_>>() }));
    }
    rules
}

fn dns() -> Value {
    json!({ "ports": [{ "port": 53, "protocol": "UDP" }, { "port": 53, "protocol": "TCP" }] })
}

fn to_database(shop: &ValidShop) -> Value {
    match &shop.postgres {
        UrlStore::Embedded(_) => to_store(shop, names::POSTGRES, 5432),
        UrlStore::External(store) => json!({ "ports": [port(store.port())] }),
    }
}

/// A rule to the pods of an embedded store.
fn to_store(shop: &ValidShop, store: &str, number: u16) -> Value {
    json!({ "to": [pods(shop, store)], "ports": [port(number)] })
}

fn pods(shop: &ValidShop, part: &str) -> Value {
    json!({ "podSelector": { "matchLabels": labels::selector(&shop.name, part) } })
}

fn port(number: u16) -> Value {
    json!({ "port": number, "protocol": "TCP" })
}
