//! Who may call a service, as the rules of its AuthorizationPolicy: the gateway its public routes, other services the
//! methods that their manifests say they call, anybody its admin port.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use warung_contracts::manifest::{JWKS_PATH, Manifest, Method};

use super::{gateway, principal};
use crate::plan::route::{Template, methods};
use crate::validate::ValidShop;

/// The rules of one service, in a stable order.
pub fn rules(shop: &ValidShop, manifest: &Manifest) -> Vec<Value> {
    let mut rules = Vec::new();
    rules.extend(from_gateway(shop, manifest));
    rules.extend(from_services(shop, manifest));
    rules.extend(for_keys(shop, manifest));
    rules.push(json!({"to": [{"operation": {"ports": [manifest.admin_port.to_string()]}}]}));
    rules
}

fn from_gateway(shop: &ValidShop, manifest: &Manifest) -> Option<Value> {
    let mut paths: BTreeMap<Method, Vec<String>> = BTreeMap::new();
    for route in &manifest.routes {
        // The route table refuses a path that is no template before any policy is made from it.
        let path = Template::parse(&route.path).map_or_else(|| route.path.clone(), |path| path.istio());
        paths.entry(route.method).or_default().push(path);
    }
    let port = manifest.port.to_string();
    let operations = paths.into_iter().map(
        |(method, paths)| json!({"operation": {"methods": methods(method), "paths": paths, "ports": [port]}}),
    );
    let operations: Vec<Value> = operations.collect();
    (!operations.is_empty())
        .then(|| json!({"from": [{"source": {"principals": [gateway(shop)]}}], "to": operations}))
}

fn from_services(shop: &ValidShop, manifest: &Manifest) -> Vec<Value> {
    let mut methods: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for caller in &shop.services {
        for call in caller.manifest.calls.iter().filter(|call| call.service == manifest.name) {
            methods.entry(&caller.manifest.name).or_default().insert(format!("/{}", call.rpc));
        }
    }
    let port = manifest.port.to_string();
    let rule = |(caller, paths): (&str, BTreeSet<String>)| {
        json!({
            "from": [{"source": {"principals": [principal(shop, caller)]}}],
            "to": [{"operation": {"methods": ["POST"], "paths": paths, "ports": [port]}}],
        })
    };
    methods.into_iter().map(rule).collect()
}

/// Every service fetches the keys that tokens are checked with: the one call between services that is not gRPC.
fn for_keys(shop: &ValidShop, manifest: &Manifest) -> Option<Value> {
    if !manifest.signs_tokens() {
        return None;
    }
    let others = shop.services.iter().filter(|other| other.manifest.name != manifest.name);
    let principals: BTreeSet<String> = others.map(|other| principal(shop, &other.manifest.name)).collect();
    let operation = json!({"methods": ["GET"], "paths": [JWKS_PATH], "ports": [manifest.port.to_string()]});
    Some(json!({"from": [{"source": {"principals": principals}}], "to": [{"operation": operation}]}))
}
