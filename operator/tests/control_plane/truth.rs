//! Conditions say what is true, also between two crashes, while a Shop is paused, and when nothing runs as asked.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::events::v1::Event;
use kube::api::DeleteParams;
use serde_json::json;

use crate::pods;
use crate::world::{World, eventually, shop};

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_between_two_crashes_is_still_a_crashing_one() {
    let world = World::new().await;
    world.kubelet.hold("cart");
    pods::create(&world, "cart-1", "cart").await;
    let crash = |restarts: u32, state: serde_json::Value| {
        json!({ "restartCount": restarts, "state": state, "lastState": { "terminated": {
            "exitCode": 2, "message": "WARUNG_CART_TTL is no number\n",
            "startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:01Z",
        }}})
    };
    pods::report(&world, "cart-1", crash(1, json!({ "waiting": { "reason": "CrashLoopBackOff" } }))).await;
    let operator = world.operator("a");
    world.create(&shop("kopi")).await;
    let message = world.reason("kopi", "Stalled", "PodCrashing").await;
    assert!(message.contains("WARUNG_CART_TTL is no number"), "{message}");

    pods::report(&world, "cart-1", crash(2, json!({ "running": { "startedAt": "2026-01-01T00:00:20Z" } })))
        .await;
    stays(&world, &operator, "PodCrashing").await;
    pods::report(&world, "cart-1", crash(2, json!({ "terminated": { "exitCode": 2 } }))).await;
    stays(&world, &operator, "PodCrashing").await;
    operator.stop().await;
}

/// What Stalled says doesn't change while the operator looks again and again.
async fn stays(world: &World, operator: &crate::world::Replica, reason: &str) {
    for _ in 0..3 {
        let reconciles = operator.reconciles();
        eventually("it looked", || async { operator.reconciles() > reconciles }).await;
        let all = world.shop("kopi").await.status.unwrap().conditions;
        let stalled = all.iter().find(|c| c.type_ == "Stalled").unwrap();
        assert_eq!(
            (stalled.status.as_str(), stalled.reason.as_str()),
            ("True", reason),
            "{}",
            stalled.message
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_shop_is_ready_only_while_it_is_as_it_says() {
    let (world, operator) = World::with_shop().await;
    world.change("kopi", json!({ "paused": true })).await;
    world.reason("kopi", "Reconciling", "Paused").await;
    world.condition("kopi", "Ready", "True").await;

    world.change("kopi", json!({ "host": "teh.example.com" })).await;
    let (reason, message) = world.condition("kopi", "Ready", "False").await;
    assert_eq!(reason, "Paused");
    assert!(message.contains("is not as the Shop says"), "{message}");
    assert_eq!(world.shop("kopi").await.status.unwrap().url.as_deref(), Some("http://kopi.example.com"));
    world.change("kopi", json!({ "host": "kopi.example.com" })).await;
    world.condition("kopi", "Ready", "True").await;

    let deployments = world.api::<Deployment>();
    deployments.delete("cart", &DeleteParams::default()).await.unwrap();
    world.condition("kopi", "Ready", "False").await;
    world.condition("kopi", "ServicesReady", "False").await;
    assert!(deployments.get_opt("cart").await.unwrap().is_none(), "nothing is changed");
    world.change("kopi", json!({ "paused": false })).await;
    world.condition("kopi", "Ready", "True").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_without_a_pod_of_each_kind_is_not_ready() {
    let (world, operator) = World::with_shop().await;
    world.change("kopi", json!({ "services": { "auth": { "replicas": 0 } } })).await;
    let message = world.reason("kopi", "ServicesReady", "Disabled").await;
    assert!(message.contains("auth has no pods: spec.services.auth.replicas is 0"), "{message}");
    world.condition("kopi", "Ready", "False").await;

    world.change("kopi", json!({ "services": { "auth": null }, "gateway": { "replicas": 0 } })).await;
    let message = world.reason("kopi", "GatewayReady", "Disabled").await;
    assert!(message.contains("spec.gateway.replicas is 0"), "{message}");
    world.condition("kopi", "ServicesReady", "True").await;
    world.condition("kopi", "Ready", "False").await;
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_event_says_what_happened_then() {
    let (world, operator) = World::with_shop().await;
    for version in ["0.2.0", "0.3.0"] {
        world.change("kopi", json!({ "version": version })).await;
        eventually(version, || async {
            world.shop("kopi").await.status.unwrap().version.as_deref() == Some(version)
        })
        .await;
        world.condition("kopi", "UpgradeInProgress", "False").await;
    }
    let notes = |reason: &'static str| {
        let events = world.api::<Event>();
        async move {
            let all = events.list(&Default::default()).await.unwrap().items;
            let told = all.into_iter().filter(|event| event.reason.as_deref() == Some(reason));
            told.filter_map(|event| event.note).collect::<Vec<_>>()
        }
    };
    for step in ["0.1.0 by 0.2.0", "0.2.0 by 0.3.0"] {
        let told = notes("UpgradeStarted").await;
        assert!(told.iter().any(|note| note.contains(step)), "{step}: {told:?}");
    }
    let ready = notes("Ready").await;
    assert!(ready.iter().any(|note| note == "version 0.3.0 serves"), "{ready:?}");
    operator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_admin_port_tells_of_health_and_of_the_shops_that_are_there() {
    let (world, operator) = World::with_shop().await;
    for path in ["livez", "readyz"] {
        assert_eq!(operator.get(path).await, (200, "ok".into()), "{path}");
    }
    let metrics = || async { operator.get("metrics").await.1 };
    eventually("the Shop counts as ready", || async {
        metrics().await.contains("warung_operator_shops{ready=\"true\"} 1")
    })
    .await;
    assert!(metrics().await.trim_end().ends_with("# EOF"), "OpenMetrics ends so");

    world.api::<warung_operator::api::Shop>().delete("kopi", &DeleteParams::default()).await.unwrap();
    eventually("a deleted Shop counts no more", || async {
        let text = metrics().await;
        ["true", "false"]
            .iter()
            .all(|ready| text.contains(&format!("warung_operator_shops{{ready=\"{ready}\"}} 0")))
    })
    .await;
    assert_eq!(operator.get("nothing").await.0, 404);
    operator.stop().await;
}
