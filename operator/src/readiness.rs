//! Whether a workload is where it should be, and if not, why. Pure.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt;
use serde_json::Value;

use crate::api::condition::Reason;
use crate::objects::Object;

/// Characters of a pod's last words that go into a condition.
const LAST_WORDS_MAX: usize = 400;

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

fn number(status: &Value, field: &str) -> i64 {
    status[field].as_i64().unwrap_or(0)
}

/// Something that keeps a pod from becoming ready, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub reason: Reason,
    pub message: String,
}

/// What is wrong with the pods of a part, if anything.
pub fn trouble(pods: &[Pod], part: &str) -> Option<Trouble> {
    pods.iter()
        .filter(|pod| pod.labels().get("app.kubernetes.io/name").is_some_and(|n| n == part))
        .find_map(of_pod)
}

fn of_pod(pod: &Pod) -> Option<Trouble> {
    let status = pod.status.as_ref()?;
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    containers.filter_map(|container| of_container(pod, container)).next().or_else(|| unschedulable(pod))
}

fn of_container(pod: &Pod, container: &ContainerStatus) -> Option<Trouble> {
    let waiting = container.state.as_ref()?.waiting.as_ref()?;
    let why = waiting.reason.as_deref()?;
    let image = &container.image;
    // A pod's name changes with every retry: the message would too, and the status never settle.
    let owner = pod.labels().get("app.kubernetes.io/name").cloned().unwrap_or_else(|| pod.name_any());
    match why {
        "ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull" => Some(Trouble {
            reason: Reason::ImagePullFailed,
            message: format!(
                "{owner}: image {image} can't be pulled; check spec.version, spec.image.repository and spec.image.pullSecrets, or load the image onto the nodes"
            ),
        }),
        "CrashLoopBackOff" => Some(Trouble {
            reason: Reason::PodCrashing,
            message: format!(
                "{owner}: container {} ends with an error again and again{}; see kubectl logs -n {} -l app.kubernetes.io/name={owner} --previous",
                container.name,
                last_words(container).map(|words| format!(": {words}")).unwrap_or_default(),
                pod.namespace().unwrap_or_default(),
            ),
        }),
        "CreateContainerConfigError" => Some(Trouble {
            reason: Reason::PodCrashing,
            message: format!(
                "{owner}: container {} can't be made: {}; create what is missing",
                container.name,
                waiting.message.as_deref().unwrap_or("its configuration is incomplete"),
            ),
        }),
        _ => None,
    }
}

fn unschedulable(pod: &Pod) -> Option<Trouble> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let condition = conditions.iter().find(|c| c.type_ == "PodScheduled" && c.status == "False")?;
    let owner = pod.labels().get("app.kubernetes.io/name").cloned().unwrap_or_else(|| pod.name_any());
    Some(Trouble {
        reason: Reason::PodUnschedulable,
        message: format!(
            "{owner}: no node takes the pod: {}; add a node, or ask for less in spec",
            condition.message.as_deref().unwrap_or("no reason given"),
        ),
    })
}

/// What the last failed pod of a part said at the end.
pub fn last_words_of(pods: &[Pod], part: &str) -> Option<String> {
    let mut own: Vec<&Pod> = pods
        .iter()
        .filter(|pod| pod.labels().get("app.kubernetes.io/name").is_some_and(|n| n == part))
        .collect();
    own.sort_by_key(|pod| std::cmp::Reverse(pod.creation_timestamp().map(|time| time.0)));
    own.iter()
        .filter_map(|pod| pod.status.as_ref()?.container_statuses.as_ref()?.iter().find_map(last_words))
        .next()
}

fn last_words(container: &ContainerStatus) -> Option<String> {
    let terminated = |state: &Option<k8s_openapi::api::core::v1::ContainerState>| {
        state.as_ref().and_then(|state| state.terminated.clone()).filter(|end| end.exit_code != 0)
    };
    let end = terminated(&container.state).or_else(|| terminated(&container.last_state))?;
    let text = end.message.unwrap_or_default();
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?.trim();
    Some(line.chars().take(LAST_WORDS_MAX).collect())
}
