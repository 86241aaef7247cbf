//! A new version: migrate, then roll service by service, whoever is called before whoever calls.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use kube::ResourceExt;
use serde_json::json;

use crate::world::{World, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_migrates_then_rolls_in_the_order_of_calls() {
    let (world, operator) = World::with_shop().await;

    world.kubelet.hold("product");
    world.change("kopi", json!({ "version": "0.2.0" })).await;
    world.condition("kopi", "UpgradeInProgress", "True").await;
    eventually("product is asked to run 0.2.0", || async { version(&world, "product").await == "0.2.0" })
        .await;
    assert_eq!(version(&world, "cart").await, "0.1.0", "cart calls product, so it waits");
    assert_eq!(version(&world, "order").await, "0.1.0");
    assert!(world.names::<Job>().await.contains(&"order-migrate-0-2-0".to_owned()), "migrated before");
    let status = world.shop("kopi").await.status.unwrap();
    assert_eq!(status.version.as_deref(), Some("0.1.0"), "until every service runs the new one");

    world.kubelet.release("product");
    world.condition("kopi", "UpgradeInProgress", "False").await;
    world.condition("kopi", "Ready", "True").await;
    let status = world.shop("kopi").await.status.unwrap();
    assert_eq!(
        (status.version.as_deref(), status.previous_version.as_deref()),
        (Some("0.2.0"), Some("0.1.0"))
    );
    assert_eq!(version(&world, "order").await, "0.2.0");
    eventually("old migrations are pruned", || async {
        !world.names::<Job>().await.iter().any(|name| name.ends_with("0-1-0"))
    })
    .await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn going_back_in_the_middle_of_an_upgrade_is_possible() {
    let (world, operator) = World::with_shop().await;
    world.kubelet.hold("product");
    world.change("kopi", json!({ "version": "0.2.0" })).await;
    eventually("product is asked to run 0.2.0", || async { version(&world, "product").await == "0.2.0" })
        .await;
    world.change("kopi", json!({ "version": "0.1.0" })).await;
    world.kubelet.release("product");
    world.condition("kopi", "UpgradeInProgress", "False").await;
    world.condition("kopi", "Ready", "True").await;
    assert_eq!(version(&world, "product").await, "0.1.0");
    operator.stop().await;
}

async fn version(world: &World, service: &str) -> String {
    world.api::<Deployment>().get(service).await.unwrap().labels()["app.kubernetes.io/version"].clone()
}
