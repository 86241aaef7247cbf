//! What is wrong with a pod, in words that say what to do.

use k8s_openapi::api::core::v1::{ContainerState, ContainerStateTerminated, ContainerStatus, Pod};
use k8s_openapi::jiff::SignedDuration;
use kube::ResourceExt;

use super::section;
use crate::api::condition::Reason;
use crate::objects::{labels, names};

/// Characters of a pod's last words that go into a condition.
const LAST_WORDS_MAX: usize = 400;
/// A container that ran for longer didn't end at its start: the kubelet too forgets its restarts then.
const STARTED_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// Restarts after which a container that isn't ready is one that crashes: the first may have come too early for a
/// neighbour it needs.
const RESTARTS: i32 = 2;

/// Something that keeps a pod from becoming ready, and the next step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub reason: Reason,
    pub message: String,
}

/// What is wrong with the pods of a part, if anything.
pub fn trouble(pods: &[Pod], part: &str) -> Option<Trouble> {
    pods.iter().filter(|pod| is_of(pod, part)).find_map(of_pod)
}

/// What the last failed pod of a part said at the end.
pub fn last_words_of(pods: &[Pod], part: &str) -> Option<String> {
    let mut own: Vec<&Pod> = pods.iter().filter(|pod| is_of(pod, part)).collect();
    own.sort_by_key(|pod| std::cmp::Reverse(pod.creation_timestamp().map(|time| time.0)));
    own.iter()
        .filter_map(|pod| pod.status.as_ref()?.container_statuses.as_ref()?.iter().find_map(last_words))
        .next()
}

fn is_of(pod: &Pod, part: &str) -> bool {
    pod.labels().get(labels::NAME).is_some_and(|name| name == part)
}

/// Whose pod it is. A pod's own name changes with every retry: the message would too, and the status never settle.
fn owner(pod: &Pod) -> String {
    pod.labels().get(labels::NAME).cloned().unwrap_or_else(|| pod.name_any())
}

fn of_pod(pod: &Pod) -> Option<Trouble> {
    let status = pod.status.as_ref()?;
    let containers = status.init_container_statuses.iter().chain(&status.container_statuses).flatten();
    containers.filter_map(|container| of_container(pod, container)).next().or_else(|| unschedulable(pod))
}

fn of_container(pod: &Pod, container: &ContainerStatus) -> Option<Trouble> {
    let waiting = container.state.as_ref().and_then(|state| state.waiting.as_ref());
    match waiting.and_then(|waiting| waiting.reason.as_deref()) {
        Some("ErrImagePull" | "ImagePullBackOff" | "InvalidImageName" | "ErrImageNeverPull") => {
            Some(image(pod, container))
        }
        Some("CrashLoopBackOff") => Some(crashing(pod, container)),
        Some("CreateContainerConfigError") => {
            let cause = waiting.and_then(|waiting| waiting.message.as_deref());
            let cause = cause.unwrap_or("its configuration is incomplete");
            let (owner, name) = (owner(pod), &container.name);
            let message = format!("{owner}: container {name} can't be made: {cause}; create what is missing");
            Some(Trouble { reason: Reason::PodCrashing, message })
        }
        _ => between_crashes(container).then(|| crashing(pod, container)),
    }
}

/// Whether a container that runs, or just ended, is one that ends with an error again and again: what it is called
/// between two crashes must not look like recovery.
fn between_crashes(container: &ContainerStatus) -> bool {
    let soon = |end: &ContainerStateTerminated| match (&end.started_at, &end.finished_at) {
        (Some(started), Some(finished)) => finished.0.duration_since(started.0) < STARTED_AFTER,
        _ => true,
    };
    let failed = end_of(container).is_some_and(|end| soon(&end));
    !container.ready && container.restart_count >= RESTARTS && failed
}

fn image(pod: &Pod, container: &ContainerStatus) -> Trouble {
    let (owner, image) = (owner(pod), &container.image);
    let fields = match owner.as_str() {
        names::POSTGRES | names::NATS | names::REDIS => {
            format!("{0}.image or {0}.version, and spec.image.pullSecrets", section(&owner))
        }
        names::GATEWAY => "spec.gateway.image and spec.image.pullSecrets".into(),
        _ => "spec.version, spec.image.repository and spec.image.pullSecrets".into(),
    };
    let message =
        format!("{owner}: image {image} can't be pulled; check {fields}, or load the image onto the nodes");
    Trouble { reason: Reason::ImagePullFailed, message }
}

fn crashing(pod: &Pod, container: &ContainerStatus) -> Trouble {
    let (owner, namespace) = (owner(pod), pod.namespace().unwrap_or_default());
    let words = last_words(container).map(|words| format!(": {words}")).unwrap_or_default();
    let message = format!(
        "{owner}: container {} ends with an error again and again{words}; see kubectl logs -n {namespace} -l app.kubernetes.io/name={owner} --previous",
        container.name,
    );
    Trouble { reason: Reason::PodCrashing, message }
}

fn unschedulable(pod: &Pod) -> Option<Trouble> {
    let conditions = pod.status.as_ref()?.conditions.as_ref()?;
    let condition = conditions.iter().find(|c| c.type_ == "PodScheduled" && c.status == "False")?;
    let owner = owner(pod);
    let message = format!(
        "{owner}: no node takes the pod: {}; add a node, or ask for less in {}.resources",
        condition.message.as_deref().unwrap_or("no reason given"),
        section(&owner),
    );
    Some(Trouble { reason: Reason::PodUnschedulable, message })
}

/// How a container's latest run failed.
fn end_of(container: &ContainerStatus) -> Option<ContainerStateTerminated> {
    let terminated = |state: &Option<ContainerState>| {
        state.as_ref().and_then(|state| state.terminated.clone()).filter(|end| end.exit_code != 0)
    };
    terminated(&container.state).or_else(|| terminated(&container.last_state))
}

fn last_words(container: &ContainerStatus) -> Option<String> {
    let text = end_of(container)?.message.unwrap_or_default();
    let line = text.lines().rev().find(|line| !line.trim().is_empty())?.trim();
    Some(line.chars().take(LAST_WORDS_MAX).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pod(part: &str, container: Value) -> Pod {
        let mut status = json!({
            "name": part, "image": "x", "imageID": "", "ready": false, "restartCount": 0,
        });
        status.as_object_mut().unwrap().extend(container.as_object().unwrap().clone());
        serde_json::from_value(json!({
            "metadata": { "name": "p", "labels": { "app.kubernetes.io/name": part } },
            "status": { "containerStatuses": [status] },
        }))
        .unwrap()
    }

    fn reason(container: Value) -> Option<Reason> {
        trouble(&[pod("cart", container)], "cart").map(|trouble| trouble.reason)
    }

    fn ran(seconds: u32) -> Value {
        let finished = format!("2026-01-01T00:{:02}:{:02}Z", seconds / 60, seconds % 60);
        json!({ "terminated": { "exitCode": 1, "startedAt": "2026-01-01T00:00:00Z", "finishedAt": finished } })
    }

    #[test]
    fn a_container_that_runs_between_crashes_is_a_crashing_one() {
        let running = json!({ "running": {} });
        let seen = |restarts: u32, last: Value, ready: bool| {
            reason(json!({ "restartCount": restarts, "state": running, "lastState": last, "ready": ready }))
        };
        assert_eq!(seen(2, ran(1), false), Some(Reason::PodCrashing));
        assert_eq!(seen(1, ran(1), false), None, "one end may have had a cause that is gone");
        assert_eq!(seen(7, ran(1), true), None, "it recovered");
        assert_eq!(seen(2, ran(601), false), None, "it ran well until the node was started anew");
        assert_eq!(reason(json!({ "restartCount": 2, "state": ran(1) })), Some(Reason::PodCrashing));
        assert_eq!(reason(json!({ "restartCount": 2, "state": running })), None);
    }

    #[test]
    fn the_fields_to_correct_are_those_of_the_part() {
        let told = |part: &str| {
            let waiting = json!({ "state": { "waiting": { "reason": "ImagePullBackOff" } } });
            trouble(&[pod(part, waiting)], part).unwrap().message
        };
        assert!(told("redis").contains("check spec.redis.embedded.image or spec.redis.embedded.version"));
        assert!(told("gateway").contains("check spec.gateway.image and"));
        assert!(told("order-migrate").contains("check spec.version"));
        assert_eq!(section("order-migrate"), "spec.services.order");
    }
}
