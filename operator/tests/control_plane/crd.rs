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
        ("kopi", json!({ "commerce": { "returnDays": 366 } }), "less than or equal to 365"),
        ("kopi", json!({ "commerce": { "paymentDeadlineSeconds": 1 } }), "greater than or equal to 60"),
        ("kopi", json!({ "commerce": { "locale": "English" } }), "such as id or en-GB"),
        ("kopi", json!({ "commerce": { "timeZone": "Asia/Jakarta " } }), "such as Asia/Jakarta"),
        (
            "kopi",
            json!({ "commerce": { "storefrontUrl": "kopi.example.com" } }),
            "must be an http or https URL",
        ),
        (
            "kopi",
            json!({ "notifications": { "staffEmail": "nobody" } }),
            "staffEmail must be an email address",
        ),
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
            "tracing.endpoint must be an http:// URL",
        ),
        (
            "kopi",
            json!({ "observability": { "alerts": { "slo": { "availabilityPercent": "100" } } } }),
            "below 100",
        ),
        (
            "kopi",
            json!({ "upgrade": { "order": ["order", "order"] } }),
            "upgrade.order names a service twice; write each once",
        ),
        (
            "kopi",
            json!({ "observability": { "tracing": { "endpoint": "https://otel.example.com" } } }),
            "tracing.endpoint must be an http:// URL",
        ),
        (
            "kopi",
            json!({ "currency": "ABC" }),
            "currency is none of ISO 4217 in use; write one of them, such as IDR",
        ),
        ("kopi", json!({ "currency": "XXX" }), "currency is none of ISO 4217 in use"),
        ("kopi", json!({ "redis": { "embedded": { "storage": "5GB" } } }), "write a size such as 5Gi"),
        ("kopi", json!({ "redis": { "embedded": { "storage": "-1Gi" } } }), "write a size such as 5Gi"),
        ("kopi", json!({ "redis": { "embedded": { "storage": "0" } } }), "write a size such as 5Gi"),
        (
            "kopi",
            json!({ "services": { "order": { "resources": { "limits": { "memory": "lots" } } } } }),
            "spec.services.order.resources.limits.memory: Invalid value",
        ),
        (
            "kopi",
            json!({ "gateway": { "resources": { "requests": { "cpu": "-1" } } } }),
            "spec.gateway.resources.requests.cpu: Invalid value",
        ),
        (
            "kopi",
            json!({ "gateway": { "service": { "type": "NodePort", "nodePort": 80 } } }),
            "should be greater than or equal to 30000",
        ),
        (
            "kopi",
            json!({ "services": { "order": { "env": [{ "name": "A", "value": "" }, { "name": "A", "value": "" }] } } }),
            "env names a variable twice; write each once",
        ),
        (
            "kopi",
            json!({ "services": { "order": { "podTemplate": { "spec": { "containers": 5 } } } } }),
            "podTemplate.spec.containers: Invalid value",
        ),
        (
            "kopi",
            json!({ "redis": { "embedded": { "image": "redis:7.0", "version": "7.0" } } }),
            "write either image, with its tag, or version, not both",
        ),
        (
            "kopi",
            json!({ "gateway": { "image": "kong 3.9" } }),
            "image must be a name with its tag, such as ",
        ),
        (
            "kopi",
            json!({ "redis": { "embedded": { "image": "red is:7" } } }),
            "image must be a name with its tag",
        ),
        ("kopi", json!({ "redis": { "embedded": { "version": "7 0" } } }), "version must be a tag"),
        ("kopi", json!({ "image": { "repository": "wa rung" } }), "image.repository must be"),
        (
            "kopi",
            json!({ "gateway": { "cors": { "allowedOrigins": ["https://a b"] } } }),
            "origins without a path",
        ),
        (
            "kopi",
            json!({ "nats": { "external": { "secretRef": { "name": "x" }, "replicas": 2 } } }),
            "replicas must be 1, 3 or 5",
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
    let set = json!({ "postgres": { "embedded": { "storage": "5Gi" } }, "redis": { "embedded": {} } });
    change(&shops, set).await.unwrap();
    let size = "storage can't be changed here; expand the PersistentVolumeClaim of the store itself";
    let class = "storageClassName can't be changed";
    let cases = [
        (json!({ "currency": "USD" }), "create another Shop for another currency"),
        (json!({ "postgres": { "embedded": { "storage": "20Gi" } } }), size),
        (json!({ "nats": { "embedded": { "storage": "20Gi" } } }), size),
        (json!({ "redis": { "embedded": { "storageClassName": "fast" } } }), class),
        (json!({ "postgres": { "embedded": { "storageClassName": "fast" } } }), class),
    ];
    for (wrong, expected) in cases {
        let refused = change(&shops, wrong.clone()).await.unwrap_err();
        assert!(refused.to_string().contains(expected), "{wrong}: {refused}");
    }

    // The way around by leaving the section out in between ends at the same rule.
    change(&shops, json!({ "postgres": { "embedded": null } })).await.unwrap();
    let refused =
        change(&shops, json!({ "postgres": { "embedded": { "storage": "20Gi" } } })).await.unwrap_err();
    assert!(refused.to_string().contains(size), "{refused}");
    change(&shops, json!({ "postgres": { "external": { "secretRef": { "name": "db" } } } })).await.unwrap();
}

async fn change(shops: &Api<Shop>, spec: Value) -> kube::Result<Shop> {
    shops.patch("kopi", &PatchParams::default(), &Patch::Merge(&json!({ "spec": spec }))).await
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
