//! Embedded stores: what a wrong setting leaves behind is cleared away, and what a volume needs is never made anew.

use k8s_openapi::api::core::v1::{PersistentVolumeClaim, Pod, Secret};
use kube::ResourceExt;
use kube::api::{DeleteParams, ObjectMeta};
use serde_json::{Value, json};

use crate::pods;
use crate::world::{World, eventually, shop};

/// With real controllers: that of StatefulSets never replaces a pod that never was ready.
#[tokio::test(flavor = "multi_thread")]
async fn a_stores_setting_that_is_corrected_reaches_the_pod_that_it_broke() {
    let world = World::with_controllers().await;
    for store in ["postgres", "nats", "redis"] {
        world.kubelet.hold(store);
    }
    let operator = world.operator("a");
    let mut shop = shop("kopi");
    shop.spec.redis =
        serde_json::from_value(json!({ "embedded": { "image": "nowhere.invalid/redis:7.0" } })).unwrap();
    world.create(&shop).await;
    eventually("the store's pod is made", || async { image(&world, "redis-0").await.is_some() }).await;
    let waiting = json!({ "state": { "waiting": { "reason": "ImagePullBackOff" } }, "image": "nowhere.invalid/redis:7.0" });
    pods::report(&world, "redis-0", waiting).await;
    let message = world.reason("kopi", "Stalled", "ImagePullFailed").await;
    assert!(message.contains("redis: image nowhere.invalid/redis:7.0 can't be pulled"), "{message}");
    assert!(message.contains("check spec.redis.embedded.image"), "{message}");

    let healthy = uid(&world, "nats-0").await;
    world.change("kopi", json!({ "redis": { "embedded": { "image": null } } })).await;
    eventually("the pod has the corrected image", || async {
        image(&world, "redis-0").await.as_deref() == Some("docker.io/library/redis:7.0")
    })
    .await;
    assert_eq!(uid(&world, "nats-0").await, healthy, "a pod of the newest revision is left to become ready");

    // One that was ready once is its controller's business: it may hold what isn't written down yet.
    let now = "2026-01-01T00:01:00Z";
    let ready = json!({ "type": "Ready", "status": "False", "lastTransitionTime": now });
    pods::set_status(&world, "nats-0", json!({ "startTime": "2026-01-01T00:00:00Z", "conditions": [ready] }))
        .await;
    world.change("kopi", json!({ "nats": { "embedded": { "image": "nowhere.invalid/nats:2" } } })).await;
    let reconciles = operator.reconciles();
    eventually("it looked again", || async { operator.reconciles() > reconciles + 3 }).await;
    assert_eq!(uid(&world, "nats-0").await, healthy);
    operator.stop().await;
}

async fn image(world: &World, pod: &str) -> Option<String> {
    let pod = world.api::<Pod>().get_opt(pod).await.unwrap()?;
    pod.spec?.containers.first()?.image.clone()
}

async fn uid(world: &World, pod: &str) -> Option<String> {
    world.api::<Pod>().get(pod).await.unwrap().uid()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_a_volume_needs_is_asked_back_and_not_made_anew() {
    let (world, operator) = World::with_shop().await;
    claim(&world, "postgres").await;
    let secrets = world.api::<Secret>();
    let lost = secrets.get("postgres-credentials").await.unwrap();
    secrets.delete("postgres-credentials", &DeleteParams::default()).await.unwrap();
    let message = world.reason("kopi", "Stalled", "SecretMissing").await;
    for part in ["Secret postgres-credentials", "key password", "volume data-postgres-0", "restore"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(secrets.get_opt("postgres-credentials").await.unwrap().is_none());

    let metadata =
        ObjectMeta { name: lost.metadata.name, labels: lost.metadata.labels, ..Default::default() };
    world.create(&Secret { metadata, data: lost.data, ..Default::default() }).await;
    world.condition("kopi", "Ready", "True").await;
    operator.stop().await;
}

/// What the StatefulSet controller would have made.
pub async fn claim(world: &World, store: &str) {
    let claim: PersistentVolumeClaim = serde_json::from_value(claim_of(store)).unwrap();
    world.create(&claim).await;
}

fn claim_of(store: &str) -> Value {
    json!({
        "metadata": { "name": format!("data-{store}-0"), "labels": {
            "app.kubernetes.io/managed-by": "warung-operator",
            "warung.dev/shop": "kopi",
        }},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": { "requests": { "storage": "1Gi" } },
        },
    })
}
