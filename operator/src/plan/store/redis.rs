//! Redis.

use base64::Engine;
use serde_json::json;

use super::workload::Workload;
use crate::objects::labels::Component;
use crate::objects::{Object, kinds, names};
use crate::observe::Observed;
use crate::plan::{digest, object, secret};
use crate::validate::{EmbeddedStore, ValidShop};

/// User of the official image.
const UID: i64 = 999;

pub fn objects(shop: &ValidShop, store: &EmbeddedStore, observed: &Observed) -> Vec<Object> {
    let credentials = names::credentials(names::REDIS);
    let password = observed.secret_value(&credentials, secret::PASSWORD).unwrap_or_default();
    // Carts outlive a restart: every write is on disk within a second.
    let lines = [
        "port 6379".to_owned(),
        "bind * -::*".into(),
        "dir /data".into(),
        "appendonly yes".into(),
        "appendfsync everysec".into(),
        "save \"\"".into(),
        "maxmemory-policy noeviction".into(),
        format!("requirepass {password}"),
    ];
    let text = lines.join("\n") + "\n";
    let config = names::config(names::REDIS);
    let encoded = base64::engine::general_purpose::STANDARD.encode(&text);
    let body = json!({ "type": "Opaque", "data": { "redis.conf": encoded } });
    let secret = object(shop, kinds::SECRET, &config, (names::REDIS, Component::Store), body);
    let login = json!({ "secretKeyRef": { "name": credentials, "key": secret::PASSWORD } });
    let mut clients = super::clients(shop, |manifest| manifest.redis);
    // Several replicas of a gateway count rate limits together.
    clients.push(names::GATEWAY.into());
    let workload = Workload {
        name: names::REDIS,
        store,
        uid: UID,
        port: 6379,
        port_name: "tcp-redis",
        data: "/data",
        init: Vec::new(),
        container: json!({
            "command": ["redis-server"],
            "args": ["/config/redis.conf"],
            "env": [{ "name": "REDISCLI_AUTH", "valueFrom": login }],
            // A server that is loading its data answers, but not PONG.
            "readinessProbe": {
                "exec": { "command": ["sh", "-c", "redis-cli -h 127.0.0.1 ping | grep -q PONG"] },
                "periodSeconds": 2,
                "timeoutSeconds": 2,
            },
            "livenessProbe": { "tcpSocket": { "port": 6379 }, "periodSeconds": 10, "failureThreshold": 6 },
            "volumeMounts": [{ "name": "config", "mountPath": "/config", "readOnly": true }],
        }),
        volumes: vec![json!({ "name": "config", "secret": { "secretName": config, "defaultMode": 0o440 } })],
        checksum: digest(&json!(text)),
        stop_seconds: 30,
        clients,
    };
    let mut all = vec![secret];
    all.extend(workload.objects(shop, &shop.operator_namespace));
    all
}
