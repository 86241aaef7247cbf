//! Pods as a kubelet would have reported them.

use k8s_openapi::api::core::v1::Pod;
use kube::api::{Patch, PatchParams};
use serde_json::{Value, json};

use crate::world::World;

/// A pod of Shop kopi that belongs to this service, store or migration.
pub async fn create(world: &World, name: &str, part: &str) {
    let pod: Pod = serde_json::from_value(json!({
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
    .unwrap();
    world.create(&pod).await;
}

/// Says of a pod's only container, which isn't ready, what `of_container` says.
pub async fn report(world: &World, pod: &str, of_container: Value) {
    let mut container = json!({
        "name": "main",
        "image": "ghcr.io/warung-dev/warung:0.1.0",
        "imageID": "",
        "ready": false,
        "restartCount": 0,
    });
    container.as_object_mut().unwrap().extend(of_container.as_object().unwrap().clone());
    set_status(world, pod, json!({ "containerStatuses": [container] })).await;
}

/// Merges into a pod's status.
pub async fn set_status(world: &World, pod: &str, status: Value) {
    let patch = Patch::Merge(json!({ "status": status }));
    world.api::<Pod>().patch_status(pod, &PatchParams::default(), &patch).await.unwrap();
}
