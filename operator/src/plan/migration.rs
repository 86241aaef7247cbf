//! A Job for each service's database and version.

use std::time::Duration;

use k8s_openapi::jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::stage::{Stage, Step, key};
use super::{annotated, fingerprint, object, restricted_container, restricted_pod, service};
use crate::objects::labels::{self, Component};
use crate::objects::{Object, kinds, names};
use crate::observe::Observed;
use crate::readiness::{JobState, job_state};
use crate::validate::{ValidService, ValidShop};

/// Wait before the first retry of a failed migration; it doubles with each further one.
const RETRY_FIRST: Duration = Duration::from_secs(10);
/// Wait between retries at most.
const RETRY_MAX: Duration = Duration::from_secs(300);

/// The Jobs that must be complete before services run.
pub fn stage(shop: &ValidShop, observed: &Observed) -> Stage {
    let mut stage = Stage::new(Step::Migrations, Vec::new());
    for service in shop.services.iter().filter(|service| service.manifest.database.is_some()) {
        let name = names::migration(&service.manifest.name, &service.version);
        stage.gate.push(key(kinds::JOB, &name));
        let Some(live) = observed.live.get(kinds::JOB.kind, &name) else {
            stage.apply.push(job(shop, service, &name, 0));
            continue;
        };
        let annotations = live.metadata.annotations.as_ref();
        let annotation = |key: &str| annotations.and_then(|all| all.get(key)).cloned().unwrap_or_default();
        let attempt: u32 = annotation(labels::ATTEMPT).parse().unwrap_or(0);
        // A Job can't be changed once made: one that didn't finish and was planned differently is made anew.
        let changed = annotation(labels::APPLIED) != fingerprint(&job(shop, service, &name, attempt));
        let due = match job_state(live) {
            JobState::Complete => false,
            JobState::Running => changed,
            JobState::Failed { at } => changed || retry_at(at, attempt) <= observed.now,
        };
        if due {
            stage.replace.push(job(shop, service, &name, attempt.saturating_add(1)));
        } else {
            stage.keep.push(key(kinds::JOB, &name));
        }
    }
    stage
}

/// When a failed migration is tried again.
pub fn retry_at(failed: Timestamp, attempt: u32) -> Timestamp {
    let wait = RETRY_FIRST.saturating_mul(2_u32.saturating_pow(attempt.min(16))).min(RETRY_MAX);
    failed + SignedDuration::try_from(wait).unwrap_or(SignedDuration::ZERO)
}

fn job(shop: &ValidShop, service: &ValidService, name: &str, attempt: u32) -> Object {
    let manifest = service.manifest;
    // A part of its own: the service's Service must not select this pod.
    let part = names::migration_part(&manifest.name);
    let pod_labels = labels::labels(&shop.name, &part, Component::Migration);
    let body = json!({ "spec": {
        "backoffLimit": 2,
        "activeDeadlineSeconds": 1800,
        "template": {
            "metadata": {
                "labels": pod_labels,
                // A sidecar would outlive the migration, and the database is outside the mesh.
                "annotations": { "sidecar.istio.io/inject": "false" },
            },
            "spec": {
                "restartPolicy": "Never",
                "serviceAccountName": manifest.name,
                "automountServiceAccountToken": false,
                "enableServiceLinks": false,
                "imagePullSecrets": service::pull_secrets(shop),
                "securityContext": restricted_pod(service::UID),
                "containers": [{
                    "name": "migrate",
                    "image": shop.image_of(&service.version),
                    "imagePullPolicy": shop.image.pull_policy.as_str(),
                    "command": ["/warung"],
                    "args": ["migrate", manifest.name],
                    "env": service::environment::for_migration(shop, &manifest.name),
                    "resources": service.resources,
                    "securityContext": restricted_container(),
                    // The last words of a failed pod become the Shop's condition.
                    "terminationMessagePolicy": "FallbackToLogsOnError",
                }],
            },
        },
    }});
    let job = object(shop, kinds::JOB, name, (&part, Component::Migration), body);
    annotated(job, labels::ATTEMPT, &attempt.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_grow_to_a_limit() {
        let failed = Timestamp::UNIX_EPOCH;
        let waits: Vec<i64> = (0..8).map(|attempt| retry_at(failed, attempt).as_second()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300, 300]);
    }
}
