//! The only writes: objects by server-side apply, contents of the stores by statements. Each one passes the fence.

pub mod diff;
mod nats;
mod postgres;
mod prune;
mod secret;
mod writer;

pub use diff::first_open;
pub use nats::remove as remove_streams;
pub use postgres::remove as remove_databases;
pub use prune::{delete_owned_data, prune};
pub use secret::{generate, rotate};
pub use writer::{FINALIZER, Writer};

use std::time::Duration;

use kube::api::DynamicObject;

use crate::api::condition::Reason;
use crate::lease::NotLeader;
use crate::objects::Object;
use crate::objects::kinds::Kind;
use crate::observe::{Live, Observed};
use crate::plan::data::Provision;
use crate::plan::stage::{Key, Stage};
use crate::plan::{Plan, Step};
use crate::readiness;

/// How long the contents of one store may take: a store that hangs must hold up neither a reconcile nor a shutdown.
const PROVISION_TIMEOUT: Duration = Duration::from_secs(30);

/// How the API server begins when it refuses the shape of an object in server-side apply: it calls that an error
/// of its own (500), but no second try helps.
const MALFORMED: [&str; 2] = ["failed to create typed patch object", "failed to convert new object"];

/// A write that didn't happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    NotLeader(#[from] NotLeader),
    #[error("{kind} {name}: the API server refuses it: {message}")]
    Refused { kind: String, name: String, message: String },
    #[error("{} {name}: its API is not in the cluster any more", kind.kind)]
    Gone { kind: Kind, name: String },
    #[error("the API server can't be reached: {0}")]
    Api(#[source] Box<kube::Error>),
    #[error("{kind} {name}: the API server has an error of its own: {message}")]
    Failed { kind: String, name: String, message: String },
    #[error(
        "{store} at {address} can't be reached: {cause}; check that it runs and that the operator may connect"
    )]
    Unreachable { store: &'static str, address: String, cause: String },
    #[error("{store} at {address} refuses {what}: {cause}")]
    StoreRefused { store: &'static str, address: String, what: String, cause: String },
}

impl Error {
    /// Reason of the condition and the event.
    pub fn reason(&self) -> Reason {
        match self {
            Self::NotLeader(_) | Self::Api(_) | Self::Failed { .. } => Reason::ApiUnavailable,
            Self::Refused { .. } => Reason::ApplyRefused,
            Self::Gone { .. } => Reason::ApiAbsent,
            Self::Unreachable { .. } => Reason::StoreUnreachable,
            Self::StoreRefused { .. } => Reason::StoreRefused,
        }
    }

    /// From what the API server said about this object.
    pub fn of(error: kube::Error, kind: &str, name: &str) -> Self {
        match error {
            // Only the message: kube's own text of a status repeats the whole of it as a Rust value.
            kube::Error::Api(status) => {
                let (kind, name, message) = (kind.into(), name.into(), status.message.clone());
                let wrong = (400..500).contains(&status.code) && status.code != 429;
                if wrong || (status.code == 500 && MALFORMED.iter().any(|start| message.starts_with(start))) {
                    Self::Refused { kind, name, message }
                } else {
                    Self::Failed { kind, name, message }
                }
            }
            error => Self::Api(Box::new(error)),
        }
    }
}

/// Where the stores are found, when not by their names in the cluster: for an operator that runs outside.
#[derive(Clone, Debug, Default)]
pub struct StoreAddresses {
    /// `host:port` of every Shop's embedded PostgreSQL.
    pub postgres: Option<String>,
    /// `host:port` of every Shop's embedded NATS.
    pub nats: Option<String>,
}

/// How far a plan was carried out.
#[derive(Debug)]
pub struct Applied {
    /// The Shop's objects as they are after the writes.
    pub live: Live,
    /// The stage that waits, and for what; none when all are through.
    pub waiting: Option<(Step, Vec<Key>)>,
    /// Optional kinds whose API went away meanwhile: their objects are left out, which is no failure.
    pub gone: Vec<Kind>,
    /// Whether the stores hold what they should; none when that was not reached.
    pub provisioned: bool,
    /// What went wrong, and in which stage.
    pub failure: Option<(Step, Error)>,
}

impl Applied {
    /// Nothing done yet.
    pub fn new(live: Live) -> Self {
        Self { live, waiting: None, gone: Vec::new(), provisioned: false, failure: None }
    }
}

/// Carries out stage after stage, up to the first that isn't through.
///
/// Writes nothing for an object that is as planned, so a settled Shop costs no write. Prunes once all stages are
/// through. Failures are part of the answer: the status tells of them.
pub async fn carry_out(
    plan: &Plan,
    observed: &Observed,
    writer: &Writer,
    stores: &StoreAddresses,
) -> Applied {
    let mut applied = Applied::new(observed.live.clone());
    for stage in &plan.stages {
        if let Err(error) = carry_out_stage(stage, &mut applied, writer, stores).await {
            applied.failure = Some((stage.step, error));
            return applied;
        }
        let open: Vec<Key> =
            stage.gate.iter().filter(|key| !is_through(&applied.live, key)).cloned().collect();
        if !open.is_empty() {
            applied.waiting = Some((stage.step, open));
            return applied;
        }
    }
    applied
}

async fn carry_out_stage(
    stage: &Stage,
    applied: &mut Applied,
    writer: &Writer,
    stores: &StoreAddresses,
) -> Result<(), Error> {
    for object in &stage.replace {
        writer.delete(object).await?;
        applied.live.remove(kind_of(object), name_of(object));
        applied.live.insert(writer.apply(object).await?);
    }
    for object in &stage.apply {
        let live = applied.live.get(kind_of(object), name_of(object));
        if live.is_some_and(|live| diff::is_settled(object, live)) {
            continue;
        }
        match writer.apply(object).await {
            Ok(live) => applied.live.insert(live),
            Err(Error::Gone { kind, .. }) => applied.gone.push(kind),
            Err(error) => return Err(error),
        }
    }
    for pod in &stage.discard {
        writer.delete(pod).await?;
    }
    if let Some(Provision { databases, streams }) = &stage.provision {
        let work = postgres::provision(databases, stores, writer);
        in_time("PostgreSQL", databases.address(), work).await?;
        in_time("NATS", streams.address.clone(), nats::provision(streams, stores, writer)).await?;
        applied.provisioned = true;
    }
    Ok(())
}

/// Work on the contents of a store, given up after [`PROVISION_TIMEOUT`].
async fn in_time(
    store: &'static str,
    address: String,
    work: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let cause = format!("not done within {} s", PROVISION_TIMEOUT.as_secs());
    let done = tokio::time::timeout(PROVISION_TIMEOUT, work).await;
    done.unwrap_or(Err(Error::Unreachable { store, address, cause }))
}

fn is_through(live: &Live, (kind, name): &Key) -> bool {
    live.get(kind, name).is_some_and(readiness::is_ready)
}

/// Kind of an object, as in its manifest.
pub fn kind_of(object: &Object) -> &str {
    object.types.as_ref().map(|types| types.kind.as_str()).unwrap_or_default()
}

/// Name of an object.
pub fn name_of(object: &DynamicObject) -> &str {
    object.metadata.name.as_deref().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use kube::core::Status;

    use super::*;

    fn told(code: u16, message: &str) -> (Reason, String) {
        let status = Status { code, message: message.into(), ..Status::default() };
        let error = Error::of(kube::Error::Api(Box::new(status)), "Deployment", "order");
        (error.reason(), error.to_string())
    }

    #[test]
    fn a_malformed_object_is_refused_whatever_the_code_says() {
        for start in MALFORMED {
            let message = format!("{start} (kopi/order; apps/v1, Kind=Deployment): .spec.x: not declared");
            let text = format!("Deployment order: the API server refuses it: {message}");
            assert_eq!(told(500, &message), (Reason::ApplyRefused, text));
        }
        assert_eq!(told(403, "exceeded quota").0, Reason::ApplyRefused);
    }

    #[test]
    fn trouble_of_the_api_server_is_told_in_its_words_alone() {
        for code in [429, 500, 503] {
            let text = "Deployment order: the API server has an error of its own: etcdserver: timed out";
            assert_eq!(told(code, "etcdserver: timed out"), (Reason::ApiUnavailable, text.into()));
        }
    }
}
