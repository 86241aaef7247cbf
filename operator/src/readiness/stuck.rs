//! Pods that a StatefulSet left behind.

use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::jiff::SignedDuration;
use kube::ResourceExt;

use crate::objects::Object;

/// The kubelet stamps a pod's start and its first `Ready: False` within the same moment, each to the second.
const FIRST_STAMPS: SignedDuration = SignedDuration::from_secs(2);

/// Pods of a StatefulSet that never were ready and are of an older revision than the newest.
///
/// Its controller waits for them for ever: with `OrderedReady` a broken pod is not replaced when its template is
/// corrected ("Forced rollback" in Kubernetes' documentation of StatefulSets). They held no data that isn't on the volume.
pub fn stuck<'a>(stateful_set: &Object, pods: &'a [Pod]) -> Vec<&'a Pod> {
    let status = &stateful_set.data["status"];
    let seen = status["observedGeneration"].as_i64() == stateful_set.metadata.generation;
    let Some(newest) = status["updateRevision"].as_str().filter(|_| seen) else { return Vec::new() };
    let owned = |pod: &&Pod| {
        pod.owner_references().iter().any(|owner| Some(&owner.uid) == stateful_set.metadata.uid.as_ref())
    };
    let old =
        |pod: &&Pod| pod.labels().get("controller-revision-hash").is_some_and(|revision| revision != newest);
    let leaving = |pod: &&Pod| pod.metadata.deletion_timestamp.is_some();
    pods.iter().filter(owned).filter(old).filter(|pod| !leaving(pod) && !was_ready(pod)).collect()
}

/// Whether a pod is ready or was: `Ready` is stamped when it changes, so a later stamp than the first tells of a time
/// when it was.
fn was_ready(pod: &Pod) -> bool {
    let Some(status) = &pod.status else { return false };
    let Some(ready) = status.conditions.iter().flatten().find(|c| c.type_ == "Ready") else { return false };
    let since_start = || {
        let (changed, started) = (ready.last_transition_time.as_ref()?, status.start_time.as_ref()?);
        Some(changed.0.duration_since(started.0))
    };
    ready.status == "True" || since_start().is_some_and(|since| since > FIRST_STAMPS)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(revision: &str, owner: &str, status: Value) -> Pod {
        serde_json::from_value(json!({
            "metadata": {
                "name": "redis-0",
                "labels": { "controller-revision-hash": revision },
                "ownerReferences": [{ "apiVersion": "apps/v1", "kind": "StatefulSet", "name": "redis", "uid": owner }],
            },
            "status": status,
        }))
        .unwrap()
    }

    fn found(pod: Pod, generation: i64) -> bool {
        let set: Object = serde_json::from_value(json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet",
            "metadata": { "name": "redis", "uid": "u", "generation": generation },
            "status": { "observedGeneration": 2, "updateRevision": "new" },
        }))
        .unwrap();
        !stuck(&set, &[pod]).is_empty()
    }

    fn ready(status: &str, at: &str) -> Value {
        let condition = json!({ "type": "Ready", "status": status, "lastTransitionTime": at });
        json!({ "startTime": "2026-01-01T00:00:00Z", "conditions": [condition] })
    }

    #[test]
    fn only_a_pod_of_an_older_revision_that_never_was_ready_is_stuck() {
        let never = || ready("False", "2026-01-01T00:00:01Z");
        assert!(found(pod("old", "u", never()), 2));
        assert!(found(pod("old", "u", json!({})), 2), "one that found no node has no conditions");
        assert!(!found(pod("new", "u", never()), 2), "the newest is given its time");
        assert!(!found(pod("old", "other", never()), 2), "somebody else's");
        assert!(!found(pod("old", "u", never()), 3), "its controller hasn't seen the change yet");
        assert!(!found(pod("old", "u", ready("True", "2026-01-01T00:00:01Z")), 2));
        assert!(!found(pod("old", "u", ready("False", "2026-01-01T00:05:00Z")), 2), "it was ready once");
    }
}
