//! What is true of each concern of a Shop.

use crate::api::ShopStatus;
use crate::api::condition::{Reason, Type};
use crate::api::spec::MeshMode;
use crate::apply::Applied;
use crate::detect::Apis;
use crate::objects::{kinds, labels, names};
use crate::observe::Observed;
use crate::plan::Step;
use crate::readiness::{self, JobState, job_state};
use crate::validate::ValidShop;

/// One condition to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    pub type_: Type,
    /// Whether the condition is True.
    pub holds: bool,
    pub reason: Reason,
    pub message: String,
}

impl Concern {
    fn new(type_: Type, holds: bool, reason: Reason, message: impl Into<String>) -> Self {
        Self { type_, holds, reason, message: message.into() }
    }

    /// Whether it tells of something wrong, not merely of something unfinished or absent by choice.
    pub fn is_trouble(&self) -> bool {
        let abnormal = matches!(self.type_, Type::Stalled | Type::Reconciling | Type::UpgradeInProgress);
        let fine = [
            Reason::AsDesired,
            Reason::Progressing,
            Reason::Waiting,
            Reason::Paused,
            Reason::Disabled,
            Reason::ApiAbsent,
        ];
        self.holds == abnormal && !fine.contains(&self.reason)
    }
}

/// A paused Shop: the concerns stay as they were.
pub fn paused(old: &ShopStatus) -> Vec<Concern> {
    let message = "spec.paused is true: nothing is changed until it is false";
    let mut all = kept(old);
    all.retain(|c| !matches!(c.type_, Type::Reconciling | Type::Stalled));
    if !all.iter().any(|c| c.type_ == Type::Ready) {
        all.insert(0, Concern::new(Type::Ready, false, Reason::Paused, message));
    }
    all.insert(1, Concern::new(Type::Reconciling, false, Reason::Paused, message));
    all.insert(2, Concern::new(Type::Stalled, false, Reason::Paused, message));
    all
}

/// A Shop that can't be carried out: what runs goes on running, as far as is known.
pub fn stalled(old: &ShopStatus, reason: Reason, message: String) -> Vec<Concern> {
    let mut all = vec![
        Concern::new(Type::Ready, false, reason, message.clone()),
        Concern::new(Type::Reconciling, false, reason, "nothing is done until the Shop is corrected"),
        Concern::new(Type::Stalled, true, reason, message),
    ];
    all.extend(
        kept(old).into_iter().filter(|c| !all.iter().any(|other| other.type_ == c.type_)).collect::<Vec<_>>(),
    );
    all
}

/// The conditions as they are written in a status.
fn kept(old: &ShopStatus) -> Vec<Concern> {
    let parse = |c: &k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition| {
        let type_ = Type::ALL.into_iter().find(|t| t.as_str() == c.type_)?;
        let reason = Reason::ALL.into_iter().find(|r| r.as_str() == c.reason)?;
        Some(Concern::new(type_, c.status == "True", reason, c.message.clone()))
    };
    old.conditions.iter().filter_map(parse).collect()
}

/// What is true after a plan was carried out as far as it went.
pub fn carried(shop: &ValidShop, observed: &Observed, applied: &Applied) -> Vec<Concern> {
    let view = View { shop, observed, applied };
    let concerns = [
        view.stores(),
        view.migrations(),
        view.services(),
        view.gateway(),
        view.mesh(),
        view.observability(),
        view.upgrade(),
    ];
    let needed = [Type::StoresReady, Type::MigrationsComplete, Type::ServicesReady, Type::GatewayReady];
    let open = concerns.iter().find(|c| needed.contains(&c.type_) && !c.holds);
    let trouble = concerns.iter().find(|c| c.is_trouble()).or(open).cloned();
    let failed = applied
        .failure
        .as_ref()
        .map(|(_, error)| Concern::new(Type::Ready, false, error.reason(), error.to_string()));
    let mut all = match failed.or(trouble) {
        None => vec![
            Concern::new(Type::Ready, true, Reason::AsDesired, format!("version {} serves", shop.version)),
            Concern::new(Type::Reconciling, false, Reason::AsDesired, "everything is as the Shop says"),
            Concern::new(Type::Stalled, false, Reason::AsDesired, "nothing is in the way"),
        ],
        Some(why) => not_ready(why),
    };
    all.extend(concerns);
    all
}

/// Stalled is what waits for a person; what comes right by itself is being reconciled.
fn not_ready(why: Concern) -> Vec<Concern> {
    let by_itself = [
        Reason::Progressing,
        Reason::Waiting,
        Reason::StoreUnreachable,
        Reason::ApiUnavailable,
        Reason::AsDesired,
    ];
    let stalled = !by_itself.contains(&why.reason);
    let (reason, message) = (why.reason, why.message);
    let (reconciling, stands) = if stalled {
        ("tried again by itself, with growing pauses", message.clone())
    } else {
        (message.as_str(), "nothing is in the way".to_owned())
    };
    vec![
        Concern::new(Type::Ready, false, reason, message.clone()),
        Concern::new(Type::Reconciling, !stalled, reason, reconciling),
        Concern::new(Type::Stalled, stalled, if stalled { reason } else { Reason::AsDesired }, stands),
    ]
}

struct View<'a> {
    shop: &'a ValidShop,
    observed: &'a Observed,
    applied: &'a Applied,
}

impl View<'_> {
    /// The optional APIs, without those that went away while the plan was carried out.
    fn apis(&self) -> Apis {
        self.applied.gone.iter().fold(self.observed.apis.clone(), |apis, kind| apis.without(*kind))
    }

    fn failure(&self, type_: Type, steps: &[Step]) -> Option<Concern> {
        let (_, error) = self.applied.failure.as_ref().filter(|(step, _)| steps.contains(step))?;
        Some(Concern::new(type_, false, error.reason(), error.to_string()))
    }

    /// Whether the plan stopped before this step.
    fn before(&self, step: Step) -> bool {
        let stopped = self.applied.failure.as_ref().map(|(at, _)| *at);
        stopped.or(self.applied.waiting.as_ref().map(|(at, _)| *at)).is_some_and(|at| at < step)
    }

    /// What is wrong with the pods of a workload, or how far it is; nothing when it is ready.
    fn workload(&self, type_: Type, kind: kinds::Kind, name: &str) -> Option<Concern> {
        let live = self.applied.live.get(kind.kind, name);
        if live.is_some_and(readiness::is_ready) {
            return None;
        }
        if let Some(trouble) = readiness::trouble(&self.observed.pods, name) {
            return Some(Concern::new(type_, false, trouble.reason, trouble.message));
        }
        let (ready, desired) = live.map_or((0, 1), readiness::replicas);
        let message = if ready >= desired {
            format!("{} {name}: older pods are being replaced", kind.kind)
        } else {
            format!("{} {name}: not all of {desired} pods are ready", kind.kind)
        };
        Some(Concern::new(type_, false, Reason::Progressing, message))
    }

    fn stores(&self) -> Concern {
        let type_ = Type::StoresReady;
        if let Some(failure) = self.failure(type_, &[Step::Stores, Step::Data]) {
            return failure;
        }
        let stores = [
            (names::POSTGRES, self.shop.postgres.embedded()),
            (names::NATS, self.shop.nats.embedded()),
            (names::REDIS, self.shop.redis.embedded()),
        ];
        let embedded = stores.into_iter().filter(|(_, store)| store.is_some());
        let open = embedded.filter_map(|(name, _)| self.workload(type_, kinds::STATEFUL_SET, name)).next();
        open.unwrap_or_else(|| {
            if self.applied.provisioned {
                Concern::new(
                    type_,
                    true,
                    Reason::AsDesired,
                    "databases, roles, streams and consumers are there",
                )
            } else {
                Concern::new(type_, false, Reason::Progressing, "databases and streams are not made yet")
            }
        })
    }

    fn migrations(&self) -> Concern {
        let type_ = Type::MigrationsComplete;
        if let Some(failure) = self.failure(type_, &[Step::Migrations]) {
            return failure;
        }
        if self.before(Step::Migrations) {
            return Concern::new(type_, false, Reason::Waiting, "migrations wait for the stores");
        }
        for service in self.shop.services.iter().filter(|service| service.manifest.database.is_some()) {
            let name = names::migration(&service.manifest.name, &service.version);
            let part = names::migration_part(&service.manifest.name);
            match self.applied.live.get(kinds::JOB.kind, &name).map(job_state) {
                Some(JobState::Complete) => {}
                Some(JobState::Failed { .. }) => {
                    let words = readiness::last_words_of(&self.observed.pods, &part);
                    let words = words
                        .unwrap_or_else(|| format!("see kubectl logs -n {} job/{name}", self.shop.namespace));
                    let message = format!(
                        "Job {name} failed: {words}. Correct the cause or spec.version; it is tried again by itself"
                    );
                    return Concern::new(type_, false, Reason::MigrationFailed, message);
                }
                _ => {
                    if let Some(trouble) = readiness::trouble(&self.observed.pods, &part) {
                        return Concern::new(type_, false, trouble.reason, trouble.message);
                    }
                    return Concern::new(
                        type_,
                        false,
                        Reason::Progressing,
                        format!("Job {name} is not done yet"),
                    );
                }
            }
        }
        Concern::new(
            type_,
            true,
            Reason::AsDesired,
            format!("every database is migrated for {}", self.shop.version),
        )
    }

    fn services(&self) -> Concern {
        let type_ = Type::ServicesReady;
        if let Some(failure) = self.failure(type_, &[Step::Services]) {
            return failure;
        }
        for service in &self.shop.services {
            let name = &service.manifest.name;
            let live = self.applied.live.get(kinds::DEPLOYMENT.kind, name);
            let version = live.and_then(|live| live.metadata.labels.as_ref()?.get(labels::VERSION));
            if version != Some(&service.version) && self.before(Step::Services) {
                return Concern::new(type_, false, Reason::Waiting, "services wait for the migrations");
            }
            if version != Some(&service.version) {
                let message = format!("{name} is not at version {} yet", service.version);
                return Concern::new(type_, false, Reason::Progressing, message);
            }
            if let Some(open) = self.workload(type_, kinds::DEPLOYMENT, name) {
                return open;
            }
        }
        Concern::new(
            type_,
            true,
            Reason::AsDesired,
            format!("{} services are ready", self.shop.services.len()),
        )
    }

    fn gateway(&self) -> Concern {
        let type_ = Type::GatewayReady;
        if let Some(failure) = self.failure(type_, &[Step::Gateway]) {
            return failure;
        }
        if self.applied.live.get(kinds::DEPLOYMENT.kind, names::GATEWAY).is_none() {
            return Concern::new(type_, false, Reason::Waiting, "the gateway waits for the services");
        }
        let open = self.workload(type_, kinds::DEPLOYMENT, names::GATEWAY);
        open.unwrap_or_else(|| Concern::new(type_, true, Reason::AsDesired, "the gateway is ready"))
    }

    fn mesh(&self) -> Concern {
        let type_ = Type::MeshReady;
        if self.shop.mesh.mode == MeshMode::Disabled {
            return Concern::new(type_, false, Reason::Disabled, "spec.mesh.mode is Disabled");
        }
        if !self.apis().istio() {
            let message =
                "Istio's APIs are not in this cluster; install Istio, or set spec.mesh.mode to Disabled";
            return Concern::new(type_, false, Reason::ApiAbsent, message);
        }
        self.through(type_, Step::Mesh, "policies and traffic rules are there")
    }

    fn observability(&self) -> Concern {
        let type_ = Type::ObservabilityReady;
        let spec = &self.shop.observability;
        if !spec.metrics.enabled && !spec.alerts && !spec.dashboards.enabled {
            return Concern::new(
                type_,
                false,
                Reason::Disabled,
                "spec.observability switches everything off",
            );
        }
        if (spec.metrics.enabled || spec.alerts) && !self.apis().prometheus_operator() {
            let message =
                "the Prometheus Operator's APIs are not in this cluster; install it for monitors and alerts";
            return Concern::new(type_, false, Reason::ApiAbsent, message);
        }
        self.through(type_, Step::Observability, "monitors, alerts and dashboards are there")
    }

    fn through(&self, type_: Type, step: Step, message: &str) -> Concern {
        if let Some(failure) = self.failure(type_, &[step]) {
            return failure;
        }
        if self.before(step) {
            return Concern::new(type_, false, Reason::Waiting, "an earlier step comes first");
        }
        Concern::new(type_, true, Reason::AsDesired, message)
    }

    fn upgrade(&self) -> Concern {
        let type_ = Type::UpgradeInProgress;
        let to = &self.shop.version;
        match &self.shop.running_version {
            Some(from) if from != to => {
                let message = format!("services are being replaced, {from} by {to}");
                Concern::new(type_, true, Reason::Progressing, message)
            }
            Some(_) => Concern::new(type_, false, Reason::AsDesired, "no upgrade is under way"),
            None => {
                let message = format!("no upgrade is under way: {to} is the first version");
                Concern::new(type_, false, Reason::AsDesired, message)
            }
        }
    }
}
