//! Plays controller manager and kubelet: says of Deployments, StatefulSets and Jobs that their pods are as asked.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, StatefulSet};
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Api, Patch, PatchParams};
use kube::{Client, ResourceExt};
use serde_json::json;

/// What a Job is made to end with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Complete,
    Failed,
}

/// Runs until dropped.
pub struct Kubelet {
    held: Arc<Mutex<BTreeSet<String>>>,
    failing: Arc<Mutex<BTreeSet<String>>>,
    order: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Kubelet {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Kubelet {
    pub fn start(client: Client, namespace: &str) -> Self {
        let (held, failing, order) = (Arc::default(), Arc::default(), Arc::default());
        let hands = Hands {
            deployments: Api::namespaced(client.clone(), namespace),
            stateful_sets: Api::namespaced(client.clone(), namespace),
            jobs: Api::namespaced(client, namespace),
            held: Arc::clone(&held),
            failing: Arc::clone(&failing),
            order: Arc::clone(&order),
        };
        let task = tokio::spawn(async move {
            loop {
                hands.look().await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        Self { held, failing, order, task }
    }

    /// Leaves workloads of this name as they are.
    pub fn hold(&self, name: &str) {
        self.held.lock().unwrap().insert(name.into());
    }

    /// Brings workloads of this name up again.
    pub fn release(&self, name: &str) {
        self.held.lock().unwrap().remove(name);
    }

    /// Makes Jobs of this name fail.
    pub fn fail(&self, name: &str) {
        self.failing.lock().unwrap().insert(name.into());
    }

    /// Lets Jobs of this name succeed.
    pub fn mend(&self, name: &str) {
        self.failing.lock().unwrap().remove(name);
    }

    /// Names of the workloads in the order they came up, repeated for each new generation.
    pub fn order(&self) -> Vec<String> {
        self.order.lock().unwrap().clone()
    }
}

struct Hands {
    deployments: Api<Deployment>,
    stateful_sets: Api<StatefulSet>,
    jobs: Api<Job>,
    held: Arc<Mutex<BTreeSet<String>>>,
    failing: Arc<Mutex<BTreeSet<String>>>,
    order: Arc<Mutex<Vec<String>>>,
}

impl Hands {
    async fn look(&self) {
        for one in self.stateful_sets.list(&Default::default()).await.map(|l| l.items).unwrap_or_default() {
            let name = one.name_any();
            let seen = one.status.as_ref().and_then(|s| s.observed_generation);
            if seen != one.metadata.generation && !self.is_held(&name) {
                let replicas = one.spec.as_ref().and_then(|s| s.replicas).unwrap_or(1);
                let status = up(one.metadata.generation, replicas);
                self.write(&self.stateful_sets, &name, status).await;
            }
        }
        for one in self.deployments.list(&Default::default()).await.map(|l| l.items).unwrap_or_default() {
            let name = one.name_any();
            let seen = one.status.as_ref().and_then(|s| s.observed_generation);
            if seen != one.metadata.generation && !self.is_held(&name) {
                let replicas = one.spec.as_ref().and_then(|s| s.replicas).unwrap_or(1);
                let status = up(one.metadata.generation, replicas);
                self.write(&self.deployments, &name, status).await;
            }
        }
        for one in self.jobs.list(&Default::default()).await.map(|l| l.items).unwrap_or_default() {
            let name = one.name_any();
            let ended =
                one.status.as_ref().and_then(|s| s.conditions.as_ref()).is_some_and(|c| !c.is_empty());
            if !ended && !self.is_held(&name) {
                let failing = self.failing.lock().unwrap().contains(&name);
                self.write(&self.jobs, &name, over(if failing { End::Failed } else { End::Complete })).await;
            }
        }
    }

    fn is_held(&self, name: &str) -> bool {
        self.held.lock().unwrap().contains(name)
    }

    async fn write<K>(&self, api: &Api<K>, name: &str, status: serde_json::Value)
    where
        K: serde::de::DeserializeOwned + Clone + std::fmt::Debug,
    {
        let patch = json!({ "status": status });
        match api.patch_status(name, &PatchParams::default(), &Patch::Merge(&patch)).await {
            Ok(_) => self.order.lock().unwrap().push(name.into()),
            // It was deleted in between.
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            Err(error @ kube::Error::Api(_)) => panic!("the status of {name} isn't taken: {error}"),
            // A server too busy to answer is asked again at the next look.
            Err(_) => {}
        }
    }
}

fn up(generation: Option<i64>, replicas: i32) -> serde_json::Value {
    json!({
        "observedGeneration": generation,
        "replicas": replicas,
        "updatedReplicas": replicas,
        "readyReplicas": replicas,
        "availableReplicas": replicas,
    })
}

fn over(end: End) -> serde_json::Value {
    let now = Timestamp::now().round(k8s_openapi::jiff::Unit::Second).unwrap().to_string();
    let condition = |type_: &str| json!({ "type": type_, "status": "True", "lastTransitionTime": now });
    match end {
        End::Complete => json!({
            "startTime": now,
            "completionTime": now,
            "succeeded": 1,
            "conditions": [condition("SuccessCriteriaMet"), condition("Complete")],
        }),
        End::Failed => json!({
            "startTime": now,
            "failed": 1,
            "conditions": [condition("FailureTarget"), condition("Failed")],
        }),
    }
}
