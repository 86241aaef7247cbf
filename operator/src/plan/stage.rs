//! The shape of a plan: stages in order, each plain data.

use super::data::Provision;
use crate::objects::Object;
use crate::objects::kinds::Kind;

/// What one stage is for; conditions are told from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Stores,
    Data,
    Migrations,
    Services,
    Gateway,
    Mesh,
    Observability,
}

/// Kind and name of an object.
pub type Key = (String, String);

/// The key of an object of this kind.
pub fn key(kind: Kind, name: &str) -> Key {
    (kind.kind.into(), name.into())
}

/// One step of the way.
#[derive(Clone, Debug)]
pub struct Stage {
    pub step: Step,
    /// To be there, as they are here.
    pub apply: Vec<Object>,
    /// To be deleted and made anew.
    pub replace: Vec<Object>,
    /// To be left as they are, and not pruned.
    pub keep: Vec<Key>,
    /// Pods to be deleted, so that their workload makes them as they should be.
    pub discard: Vec<Object>,
    /// What is to be there in PostgreSQL and NATS.
    pub provision: Option<Provision>,
    /// Workloads and Jobs that must be done before the next stage begins.
    pub gate: Vec<Key>,
}

impl Stage {
    /// A stage that applies objects and waits for nothing.
    pub fn new(step: Step, apply: Vec<Object>) -> Self {
        Self {
            step,
            apply,
            replace: Vec::new(),
            keep: Vec::new(),
            discard: Vec::new(),
            provision: None,
            gate: Vec::new(),
        }
    }

    /// Every object of the stage that is to exist after it.
    pub fn wanted(&self) -> impl Iterator<Item = Key> {
        let made = self.apply.iter().chain(&self.replace).map(|object| {
            let kind = object.types.as_ref().map(|types| types.kind.clone()).unwrap_or_default();
            (kind, object.metadata.name.clone().unwrap_or_default())
        });
        made.chain(self.keep.iter().cloned())
    }
}

/// Everything a Shop becomes, in order.
#[derive(Clone, Debug)]
pub struct Plan {
    pub stages: Vec<Stage>,
}

impl Plan {
    /// Every object that is to exist when all stages are through.
    pub fn wanted(&self) -> std::collections::BTreeSet<Key> {
        self.stages.iter().flat_map(Stage::wanted).collect()
    }
}
