//! What the API server refuses, and what it says then.

use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use warung_operator::api::Shop;

use crate::world::{client, namespace, shop};

/// What a refused Shop is told: the rule's own words.
async fn refusal(name: &str, change: Value) -> String {
    let client = client().await;
    let shops: Api<Shop> = Api::namespaced(client.clone(), &namespace(&client).await);
    let mut object = json!(shop(name));
    let mut spec = json!({ "version": "0.1.0", "host": "kopi.example.com", "currency": "IDR" });
    for (key, value) in change.as_object().unwrap() {
        spec[key] = value.clone();
    }
    object["spec"] = spec;
    let text = serde_json::to_vec(&object).unwrap();
    let request = kube::core::Request::new(Shop::url_path_of(&shops));
    let request = request.create(&PostParams::default(), text).unwrap();
    match client.request::<Value>(request).await {
        Ok(_) => panic!("{change} was taken"),
        Err(kube::Error::Api(status)) => status.message.clone(),
        Err(error) => panic!("{error}"),
    }
}

trait UrlPath {
    fn url_path_of(api: &Api<Shop>) -> String;
}

impl UrlPath for Shop {
    fn url_path_of(api: &Api<Shop>) -> String {
        api.resource_url().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_shop_is_refused_with_what_to_write_instead() {
    let cases = [
        ("kopi", json!({ "version": "v0.1.0" }), "without a leading v, such as 0.1.0"),
        ("kopi", json!({ "version": "latest" }), "version must be a semantic version"),
        ("kopi", json!({ "currency": "rupiah" }), "currency"),
        ("kopi", json!({ "currency": "idr" }), "ISO 4217 code of three capital letters, such as IDR"),
        ("kopi", json!({ "currency": "IDRR" }), "ISO 4217 code of three capital letters, such as IDR"),
        (
            "kopi",
            json!({ "services": { "ordr": { "replicas": 2 } } }),
            "services names a service that is not there; write one of auth, ",
        ),
        (
            "kopi",
            json!({ "upgrade": { "order": ["ordr"] } }),
            "upgrade.order names a service that is not there; write one of auth, ",
        ),
        (
            "kopi",
            json!({ "services": { "order": { "env": [{ "name": "WARUNG-LOG", "value": "debug" }] } } }),
            "env.name must be letters, digits and _",
        ),
        ("kopi", json!({ "gateway": { "rateLimits": { "login": 0 } } }), "rateLimits must be at least 1"),
        ("kopi", json!({ "host": "https://kopi.example.com" }), "without scheme, port or path"),
        ("a-name-of-21-letters-x", json!({}), "metadata.name must be at most 20 characters"),
        ("1kopi", json!({}), "begins with a letter"),
        ("kopi", json!({ "image": { "repository": "warung:0.1.0" } }), "the tag is spec.version"),
        (
            "kopi",
            json!({ "postgres": { "embedded": {}, "external": { "secretRef": { "name": "x" } } } }),
            "either postgres.embedded or postgres.external, not both",
        ),
        (
            "kopi",
            json!({ "nats": { "embedded": {}, "external": { "secretRef": { "name": "x" } } } }),
            "either nats.embedded or nats.external, not both",
        ),
        (
            "kopi",
            json!({ "redis": { "embedded": {}, "external": { "secretRef": { "name": "x" } } } }),
            "either redis.embedded or redis.external, not both",
        ),
        (
            "kopi",
            json!({ "services": { "order": { "replicas": 2, "autoscaling": { "maxReplicas": 3 } } } }),
            "write either replicas or autoscaling, not both",
        ),
        (
            "kopi",
            json!({ "services": { "order": { "autoscaling": { "minReplicas": 5, "maxReplicas": 3 } } } }),
            "minReplicas must not be above",
        ),
        ("kopi", json!({ "gateway": { "service": { "nodePort": 30080 } } }), "needs service.type NodePort"),
        (
            "kopi",
            json!({ "gateway": { "rateLimits": { "signup": 3 } } }),
            "default, login, search, checkout and webhook",
        ),
        (
            "kopi",
            json!({ "gateway": { "cors": { "allowedOrigins": ["kopi.example.com"] } } }),
            "origins without a path",
        ),
        (
            "kopi",
            json!({ "payments": { "providers": [{ "name": "stripe" }] } }),
            "every provider but sandbox needs secretRef",
        ),
        (
            "kopi",
            json!({ "payments": { "providers": [{ "name": "sandbox" }, { "name": "sandbox" }] } }),
            "names a provider twice",
        ),
        ("kopi", json!({ "notifications": { "from": "nobody" } }), "must be an email address"),
        (
            "kopi",
            json!({ "observability": { "tracing": { "endpoint": "otel" } } }),
            "tracing.endpoint must be a URL",
        ),
        (
            "kopi",
            json!({ "observability": { "alerts": { "slo": { "availabilityPercent": "100" } } } }),
            "below 100",
        ),
        ("kopi", json!({ "upgrade": { "autoRollback": true } }), "autoRollback is not there yet"),
    ];
    for (name, change, expected) in cases {
        let message = refusal(name, change.clone()).await;
        assert!(message.contains(expected), "{change}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_not_change_is_refused_when_changed() {
    let client = client().await;
    let shops: Api<Shop> = Api::namespaced(client.clone(), &namespace(&client).await);
    shops.create(&PostParams::default(), &shop("kopi")).await.unwrap();
    let cases = [(json!({ "currency": "USD" }), "create another Shop for another currency")];
    for (change, expected) in cases {
        let patch = json!({ "spec": change });
        let refused = shops.patch("kopi", &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{change}: {refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_of_three_lines_gets_every_default() {
    let client = client().await;
    let shops: Api<Shop> = Api::namespaced(client.clone(), &namespace(&client).await);
    let made = shops.create(&PostParams::default(), &shop("kopi")).await.unwrap();
    assert_eq!(made.spec.image.repository, "ghcr.io/warung-dev/warung");
    assert_eq!(made.spec.payments.providers.len(), 1);
    assert!(!made.spec.paused);
}
