//! Secrets of the user as variables of services: only those meant, rolled when they change.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};
use warung_operator::api::Shop;

use crate::world::{World, eventually, shop};

const KEY: &str = "WARUNG_SANDBOX_WEBHOOK_SECRET";

#[tokio::test(flavor = "multi_thread")]
async fn a_providers_secret_is_named_when_missing_and_rolls_payment_alone_when_changed() {
    let world = World::new().await;
    let operator = world.operator("a");
    let mut shop = shop("kopi");
    let payments = json!({ "providers": [{ "name": "sandbox", "secretRef": { "name": "sandbox" } }] });
    shop.spec.payments = serde_json::from_value(payments).unwrap();
    world.create(&shop).await;
    let message = world.reason("kopi", "Stalled", "SecretMissing").await;
    let field = "spec.payments.providers[sandbox].secretRef";
    assert!(message.contains(&format!("{field}: Secret sandbox does not exist")), "{message}");

    world.secret("sandbox", &[(KEY, "first"), ("WARUNG_DATABASE_URL", "postgres://elsewhere/x")]).await;
    eventually("the key that is not its business is named", || async {
        let status = world.shop("kopi").await.status.unwrap_or_default();
        status.last_failure.is_some_and(|text| text.contains("key WARUNG_DATABASE_URL of Secret sandbox"))
    })
    .await;
    change(&world, json!({ "WARUNG_DATABASE_URL": null })).await;
    world.condition("kopi", "Ready", "True").await;

    let expected =
        json!([{ "name": KEY, "valueFrom": { "secretKeyRef": { "name": "sandbox", "key": KEY } } }]);
    assert_eq!(deployment(&world, "payment").await["spec"]["containers"][0]["env"], expected);
    let order = deployment(&world, "order").await;
    assert_eq!(order["spec"]["containers"][0].get("env"), None, "{order}");

    let before = deployment(&world, "payment").await["metadata"].clone();
    change(&world, json!({ KEY: "c2Vjb25k" })).await;
    eventually("payment is rolled", || async { deployment(&world, "payment").await["metadata"] != before })
        .await;
    assert_eq!(deployment(&world, "order").await, order, "nobody else is");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn token_keys_are_rotated_once_when_asked_and_the_gateway_takes_all() {
    let (world, operator) = World::with_shop().await;
    let keys = || async {
        let secret = world.api::<Secret>().get("auth-credentials").await.unwrap().data.unwrap();
        String::from_utf8(secret["WARUNG_TOKEN_SIGNING_KEY"].0.clone()).unwrap()
    };
    let known_to_gateway = || async {
        let config = world.api::<ConfigMap>().get("gateway-config").await.unwrap().data.unwrap();
        config["envoy.yaml"].matches("kid").count()
    };
    let first = keys().await;
    assert_eq!(known_to_gateway().await, 1);

    let ask = |value: &str| {
        Patch::Merge(json!({ "metadata": { "annotations": { "warung.dev/rotate-token-keys": value } } }))
    };
    world.api::<Shop>().patch("kopi", &PatchParams::default(), &ask("first")).await.unwrap();
    eventually("the gateway takes tokens of both keys", || async { known_to_gateway().await == 2 }).await;
    let both = keys().await;
    assert!(
        both.starts_with(&first) && both.contains("Since: "),
        "the old key signs until the new one begins"
    );

    // The same wish is fulfilled once, whatever else is reconciled.
    world.change("kopi", json!({ "services": { "cart": { "replicas": 2 } } })).await;
    world.condition("kopi", "Ready", "True").await;
    assert_eq!(keys().await, both);

    // A list that nobody can read leaves the gateway as it is.
    let broken = Patch::Merge(json!({ "stringData": { "WARUNG_TOKEN_SIGNING_KEY": "oops" } }));
    world.api::<Secret>().patch("auth-credentials", &PatchParams::default(), &broken).await.unwrap();
    let message = world.reason("kopi", "Stalled", "SecretMissing").await;
    assert!(message.contains("Secret auth-credentials: key WARUNG_TOKEN_SIGNING_KEY"), "{message}");
    assert_eq!(known_to_gateway().await, 2);
    operator.stop().await;
}

async fn change(world: &World, data: Value) {
    let patch = Patch::Merge(json!({ "data": data }));
    world.api::<Secret>().patch("sandbox", &PatchParams::default(), &patch).await.unwrap();
}

/// The pod template of a service.
async fn deployment(world: &World, service: &str) -> Value {
    json!(world.api::<Deployment>().get(service).await.unwrap().spec.unwrap().template)
}
