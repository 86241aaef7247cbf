//! Whether a workload is where it should be, and if not, why. Pure.

mod stuck;
mod trouble;

pub use stuck::stuck;
pub use trouble::{Trouble, last_words_of, trouble};

use k8s_openapi::jiff::Timestamp;
use serde_json::Value;

use crate::objects::{Object, names};

/// How far a Job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    Running,
    Complete,
    Failed { at: Timestamp },
}

/// How far this Job is.
pub fn job_state(job: &Object) -> JobState {
    let condition = |name: &str| {
        let all = job.data.pointer("/status/conditions")?.as_array()?;
        all.iter().find(|c| c["type"] == name && c["status"] == "True")
    };
    if condition("Complete").is_some() {
        return JobState::Complete;
    }
    match condition("Failed") {
        None => JobState::Running,
        Some(failed) => {
            let at = failed["lastTransitionTime"].as_str().and_then(|time| time.parse().ok());
            JobState::Failed { at: at.unwrap_or(Timestamp::UNIX_EPOCH) }
        }
    }
}

/// Whether a Deployment, StatefulSet or Job has reached what its spec says.
pub fn is_ready(object: &Object) -> bool {
    if object.types.as_ref().is_some_and(|types| types.kind == "Job") {
        return job_state(object) == JobState::Complete;
    }
    let (ready, desired) = replicas(object);
    let status = &object.data["status"];
    let seen = number(status, "observedGeneration") >= object.metadata.generation.unwrap_or(0);
    let old = number(status, "replicas") - number(status, "updatedReplicas");
    seen && ready >= desired && old <= 0
}

/// Pods of a workload that are ready and up to date, and how many there should be.
pub fn replicas(object: &Object) -> (i64, i64) {
    let status = &object.data["status"];
    let desired = object.data.pointer("/spec/replicas").and_then(Value::as_i64).unwrap_or(1);
    // A pod is available when it was ready for minReadySeconds.
    let available = number(status, "availableReplicas").min(number(status, "readyReplicas"));
    (available.min(number(status, "updatedReplicas")), desired)
}

/// The part of the spec that a part of the Shop is described by.
pub fn section(part: &str) -> String {
    match part {
        names::POSTGRES | names::NATS | names::REDIS => format!("spec.{part}.embedded"),
        names::GATEWAY => "spec.gateway".into(),
        part => format!("spec.services.{}", names::migrated(part).unwrap_or(part)),
    }
}

fn number(status: &Value, field: &str) -> i64 {
    status[field].as_i64().unwrap_or(0)
}
