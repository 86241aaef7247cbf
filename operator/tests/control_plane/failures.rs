//! What is missing or broken: a condition that names it and the next step, then recovery by itself.

use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use serde_json::json;

use crate::world::{World, eventually, shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_secret_is_named_and_waited_for() {
    let world = World::new().await;
    let operator = world.operator("a");
    let mut shop = shop("kopi");
    let external = json!({ "external": { "secretRef": { "name": "db" } } });
    shop.spec.postgres = serde_json::from_value(external).unwrap();
    shop.spec.notifications =
        serde_json::from_value(json!({ "smtp": { "secretRef": { "name": "mail" } } })).unwrap();
    world.create(&shop).await;
    let message = world.reason("kopi", "Stalled", "SecretMissing").await;
    assert!(message.contains("spec.postgres.external.secretRef: Secret db does not exist"), "{message}");
    assert!(message.contains("spec.notifications.smtp.secretRef: Secret mail does not exist"), "{message}");
    world.secret("mail", &[("url", "smtp://127.0.0.1:2525")]).await;

    world.secret("db", &[("uri", "postgres://x")]).await;
    eventually("the missing key is named", || async {
        let status = world.shop("kopi").await.status.unwrap_or_default();
        status.last_failure.is_some_and(|message| message.contains("has no key url"))
    })
    .await;

    let right = json!({ "stringData": { "url": world.stores.postgres_url() } });
    let secrets = world.api::<k8s_openapi::api::core::v1::Secret>();
    secrets.patch("db", &PatchParams::default(), &Patch::Merge(&right)).await.unwrap();
    world.condition("kopi", "Ready", "True").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_does_not_answer_is_named_and_its_password_is_not() {
    let world = World::new().await;
    let operator = world.operator("a");
    world.secret("db", &[("url", "postgres://admin:hunter2@127.0.0.1:1/postgres")]).await;
    let mut shop = shop("kopi");
    let external = json!({ "external": { "secretRef": { "name": "db" } } });
    shop.spec.postgres = serde_json::from_value(external).unwrap();
    world.create(&shop).await;
    let message = world.reason("kopi", "StoresReady", "StoreUnreachable").await;
    assert!(message.contains("PostgreSQL at 127.0.0.1:1 can't be reached"), "{message}");
    let whole = format!("{:?}", world.shop("kopi").await.status);
    assert!(!whole.contains("hunter2"));
    let (reason, _) = world.condition("kopi", "Reconciling", "True").await;
    assert_eq!(reason, "StoreUnreachable", "it may come right by itself");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_that_can_not_be_pulled_is_named() {
    let world = World::new().await;
    world.kubelet.hold("cart");
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;
    world.reason("kopi", "ServicesReady", "Progressing").await;
    let pod = pod("cart-1", "cart");
    world.create(&pod).await;
    let waiting = json!({ "containerStatuses": [{
        "name": "cart",
        "image": "ghcr.io/warung-dev/warung:0.1.0",
        "imageID": "",
        "ready": false,
        "restartCount": 0,
        "state": { "waiting": { "reason": "ImagePullBackOff" } },
    }]});
    set_status(&world, "cart-1", &waiting).await;
    let message = world.reason("kopi", "ServicesReady", "ImagePullFailed").await;
    assert!(
        message.contains("cart: image ghcr.io/warung-dev/warung:0.1.0 can't be pulled; check spec.version")
    );
    world.reason("kopi", "Stalled", "ImagePullFailed").await;

    world.kubelet.release("cart");
    world.condition("kopi", "Ready", "True").await;
    world.condition("kopi", "Stalled", "False").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_migration_tells_its_last_words_and_is_tried_again() {
    let world = World::new().await;
    let job = "order-migrate-0-1-0";
    world.kubelet.fail(job);
    let pod = pod("order-migrate-1", "order-migrate");
    world.create(&pod).await;
    let ended = json!({ "containerStatuses": [{
        "name": "migrate",
        "image": "ghcr.io/warung-dev/warung:0.1.0",
        "imageID": "",
        "ready": false,
        "restartCount": 0,
        "state": { "terminated": { "exitCode": 1, "message": "starting\ncolumn total_minor is missing\n" } },
    }]});
    set_status(&world, "order-migrate-1", &ended).await;
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;
    let message = world.reason("kopi", "MigrationsComplete", "MigrationFailed").await;
    assert!(message.contains("Job order-migrate-0-1-0 failed: column total_minor is missing"), "{message}");
    world.reason("kopi", "Stalled", "MigrationFailed").await;
    let first = world.api::<Job>().get(job).await.unwrap();

    world.kubelet.mend(job);
    world.condition("kopi", "Ready", "True").await;
    let second = world.api::<Job>().get(job).await.unwrap();
    assert_ne!(first.metadata.uid, second.metadata.uid);
    assert_eq!(second.metadata.annotations.unwrap()["warung.dev/attempt"], "1");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_shop_of_a_namespace_is_stalled_and_does_no_harm() {
    let world = World::new().await;
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;
    world.condition("kopi", "Ready", "True").await;
    world.create(&shop("teh")).await;
    let message = world.reason("teh", "Stalled", "SecondShop").await;
    assert!(message.contains("Shop kopi was in this namespace first"), "{message}");
    world.condition("kopi", "Ready", "True").await;
    let owners = world.api::<k8s_openapi::api::apps::v1::Deployment>().get("order").await.unwrap();
    assert_eq!(owners.metadata.owner_references.unwrap()[0].name, "kopi");
    operator.stop().await;
}

fn pod(name: &str, part: &str) -> Pod {
    serde_json::from_value(json!({
        "metadata": { "name": name, "labels": {
            "app.kubernetes.io/name": part,
            "app.kubernetes.io/managed-by": "warung-operator",
            "warung.dev/shop": "kopi",
        }},
        "spec": {
            "automountServiceAccountToken": false,
            "containers": [{ "name": "main", "image": "ghcr.io/warung-dev/warung:0.1.0" }],
        },
    }))
    .unwrap()
}

async fn set_status(world: &World, pod: &str, status: &serde_json::Value) {
    let patch = json!({ "status": status });
    world.api::<Pod>().patch_status(pod, &PatchParams::default(), &Patch::Merge(&patch)).await.unwrap();
}
