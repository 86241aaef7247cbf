//! What is true of each concern of a Shop that was carried out.

use super::concern::Concern;
use crate::api::condition::{Reason, Type};
use crate::api::spec::MeshMode;
use crate::apply::Applied;
use crate::detect::Apis;
use crate::objects::{kinds, labels, names};
use crate::observe::Observed;
use crate::plan::Step;
use crate::readiness::{self, JobState, job_state};
use crate::validate::credential::SMTP_URL;
use crate::validate::{ValidService, ValidShop};

/// What was planned, seen and done, looked at concern by concern.
pub struct View<'a> {
    pub shop: &'a ValidShop,
    pub observed: &'a Observed,
    pub applied: &'a Applied,
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
        if live.is_some_and(|live| readiness::is_ready(live) && readiness::replicas(live).1 > 0) {
            return None;
        }
        if let Some(trouble) = readiness::trouble(&self.observed.pods, name) {
            return Some(Concern::new(type_, false, trouble.reason, trouble.message));
        }
        let (ready, desired) = live.map_or((0, 1), readiness::replicas);
        if desired == 0 {
            let field = format!("{}.replicas", readiness::section(name));
            let message = format!("{name} has no pods: {field} is 0; write 1 or more");
            return Some(Concern::new(type_, false, Reason::Disabled, message));
        }
        let message = if ready >= desired {
            format!("{} {name}: older pods are being replaced", kind.kind)
        } else {
            format!("{} {name}: not all of {desired} pods are ready", kind.kind)
        };
        Some(Concern::new(type_, false, Reason::Progressing, message))
    }

    pub fn stores(&self) -> Concern {
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
        let open = embedded.filter_map(|(name, _)| self.workload(type_, kinds::STATEFUL_SET, name));
        foremost(open).unwrap_or_else(|| {
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

    pub fn migrations(&self) -> Concern {
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

    pub fn services(&self) -> Concern {
        let type_ = Type::ServicesReady;
        if let Some(failure) = self.failure(type_, &[Step::Services]) {
            return failure;
        }
        let open = self.shop.services.iter().filter_map(|service| self.service(service));
        let ready = || format!("{} services are ready", self.shop.services.len());
        foremost(open).unwrap_or_else(|| Concern::new(type_, true, Reason::AsDesired, ready()))
    }

    /// What is open about one service; nothing when it is at its version and ready.
    fn service(&self, service: &ValidService) -> Option<Concern> {
        let (type_, name) = (Type::ServicesReady, &service.manifest.name);
        let live = self.applied.live.get(kinds::DEPLOYMENT.kind, name);
        let version = live.and_then(|live| live.metadata.labels.as_ref()?.get(labels::VERSION));
        if version == Some(&service.version) {
            return self.workload(type_, kinds::DEPLOYMENT, name);
        }
        if self.before(Step::Services) {
            return Some(Concern::new(type_, false, Reason::Waiting, "services wait for the migrations"));
        }
        let message = format!("{name} is not at version {} yet", service.version);
        Some(Concern::new(type_, false, Reason::Progressing, message))
    }

    pub fn gateway(&self) -> Concern {
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

    pub fn mesh(&self) -> Concern {
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

    pub fn observability(&self) -> Concern {
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

    /// Whether mail is sent, as far as the Shop says.
    pub fn mail(&self) -> Concern {
        let type_ = Type::MailReady;
        let own = |service: &ValidService| {
            service.env.iter().any(|var| var.name == SMTP_URL && !var.value.is_empty())
        };
        if self.shop.notifications.smtp.is_some() || self.shop.services.iter().any(own) {
            return Concern::new(
                type_,
                true,
                Reason::AsDesired,
                "mail goes to the server that the Shop names",
            );
        }
        let message = "no mail is sent, not even those by which customers confirm addresses and reset passwords: \
                       write spec.notifications.smtp.secretRef";
        Concern::new(type_, false, Reason::Disabled, message)
    }

    /// Whether customers can get goods for nothing.
    pub fn test_mode(&self) -> Concern {
        let type_ = Type::TestMode;
        if !self.shop.is_in_test_mode() {
            return Concern::new(type_, false, Reason::AsDesired, "payments are real");
        }
        let message = "customers can pay at the sandbox, where no money moves, and the sandbox carrier only pretends to \
                       deliver. To sell, name a real provider with its secretRef in spec.payments.providers, and take \
                       sandbox out or write offered: false at it";
        Concern::new(type_, true, Reason::SandboxPayments, message)
    }

    pub fn upgrade(&self) -> Concern {
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

/// Of several open ends the one to tell: trouble first, then what is under way, then what is switched off.
fn foremost(open: impl Iterator<Item = Concern>) -> Option<Concern> {
    let rank = |concern: &Concern| match concern {
        trouble if trouble.is_trouble() => 0,
        Concern { reason: Reason::Disabled, .. } => 2,
        _ => 1,
    };
    open.min_by_key(rank)
}
