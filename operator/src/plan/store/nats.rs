//! NATS with JetStream, and what each service's user may do there.

use base64::Engine;
use serde_json::{Value, json};
use warung_contracts::stream;

use super::workload::Workload;
use crate::objects::labels::Component;
use crate::objects::{Object, kinds, names};
use crate::observe::Observed;
use crate::plan::data::OPERATOR_USER;
use crate::plan::{digest, object, secret};
use crate::validate::{EmbeddedStore, ValidShop};

/// The official image runs as any user.
const UID: i64 = 65532;

pub fn objects(shop: &ValidShop, store: &EmbeddedStore, observed: &Observed) -> Vec<Object> {
    let config = names::config(names::NATS);
    let text = format!("{:#}\n", configuration(shop, observed));
    let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
    let body = json!({ "type": "Opaque", "data": { "nats.conf": encoded } });
    let secret = object(shop, kinds::SECRET, &config, (names::NATS, Component::Store), body);
    let health = |path: &str, period: u32, failures: u32| {
        json!({
            "httpGet": { "path": path, "port": 8222 },
            "periodSeconds": period,
            "timeoutSeconds": 2,
            "failureThreshold": failures,
        })
    };
    let workload = Workload {
        name: names::NATS,
        store,
        uid: UID,
        port: 4222,
        port_name: "tcp-nats",
        data: "/data",
        init: Vec::new(),
        container: json!({
            "command": ["nats-server"],
            "args": ["--config", "/config/nats.conf"],
            "startupProbe": health("/healthz", 1, 60),
            "readinessProbe": health("/healthz?js-server-only=true", 5, 3),
            "livenessProbe": health("/healthz?js-enabled-only=true", 10, 6),
            "volumeMounts": [{ "name": "config", "mountPath": "/config", "readOnly": true }],
        }),
        volumes: vec![json!({ "name": "config", "secret": { "secretName": config, "defaultMode": 0o440 } })],
        checksum: digest(&json!(text)),
        stop_seconds: 60,
        clients: super::clients(shop, |_| true),
    };
    let mut all = vec![secret];
    all.extend(workload.objects(shop, &shop.operator_namespace));
    all
}

/// The server's configuration: JSON is a subset of its own format.
fn configuration(shop: &ValidShop, observed: &Observed) -> Value {
    let password =
        |part: &str, key: &str| observed.secret_value(&names::credentials(part), key).unwrap_or_default();
    let mut users = vec![json!({
        "user": OPERATOR_USER,
        "password": password(names::NATS, secret::PASSWORD),
        "permissions": { "publish": [">"], "subscribe": [">"] },
    })];
    users.extend(shop.services.iter().map(|service| {
        let allowed = stream::permissions(service.manifest);
        json!({
            "user": service.manifest.name,
            "password": password(&service.manifest.name, secret::NATS_PASSWORD),
            "permissions": { "publish": allowed.publish, "subscribe": allowed.subscribe },
        })
    }));
    json!({
        "server_name": shop.name,
        "host": "0.0.0.0",
        "port": 4222,
        "http": "0.0.0.0:8222",
        "max_payload": 1_048_576,
        "jetstream": { "store_dir": "/data/jetstream" },
        "lame_duck_grace_period": "1s",
        "lame_duck_duration": "30s",
        "authorization": { "users": users },
    })
}
