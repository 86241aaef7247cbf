//! The only writes: objects by server-side apply, contents of the stores by statements. Each one passes the fence.

pub mod diff;
mod nats;
mod postgres;
mod prune;
mod secret;
mod writer;

pub use nats::remove as remove_streams;
pub use postgres::remove as remove_databases;
pub use prune::{delete_owned_data, prune};
pub use secret::generate;
pub use writer::{FINALIZER, Writer};

use std::time::Duration;

use kube::api::DynamicObject;

use crate::api::condition::Reason;
use crate::lease::NotLeader;
use crate::observe::{Live, Observed};
use crate::plan::data::Provision;
use crate::plan::stage::{Key, Stage};
use crate::plan::{Object, Plan, Step};
use crate::readiness;

/// How long the contents of one store may take: a store that hangs must hold up neither a reconcile nor a shutdown.
const PROVISION_TIMEOUT: Duration = Duration::from_secs(30);

/// A write that didn't happen.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{0}")]
    NotLeader(#[from] NotLeader),
    #[error("{kind} {name}: the API server refuses it: {message}")]
    Refused { kind: String, name: String, message: String },
    #[error("the API server can't be reached: {0}")]
    Api(#[source] Box<kube::Error>),
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
            Self::NotLeader(_) | Self::Api(_) => Reason::ApiUnavailable,
            Self::Refused { .. } => Reason::ApplyRefused,
            Self::Unreachable { .. } => Reason::StoreUnreachable,
            Self::StoreRefused { .. } => Reason::StoreRefused,
        }
    }

    /// From what the API server said about this object.
    pub fn of(error: kube::Error, kind: &str, name: &str) -> Self {
        match error {
            kube::Error::Api(status) if (400..500).contains(&status.code) && status.code != 429 => {
                Self::Refused { kind: kind.into(), name: name.into(), message: status.message.clone() }
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
    /// Whether the stores hold what they should; none when that was not reached.
    pub provisioned: bool,
    /// What went wrong, and in which stage.
    pub failure: Option<(Step, Error)>,
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
    let mut applied =
        Applied { live: observed.live.clone(), waiting: None, provisioned: false, failure: None };
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
        if !live.is_some_and(|live| diff::is_settled(object, live)) {
            applied.live.insert(writer.apply(object).await?);
        }
    }
    if let Some(Provision { databases, streams }) = &stage.provision {
        let unanswered = |store, address| Error::Unreachable {
            store,
            address,
            cause: format!("not done within {} s", PROVISION_TIMEOUT.as_secs()),
        };
        tokio::time::timeout(PROVISION_TIMEOUT, postgres::provision(databases, stores, writer))
            .await
            .map_err(|_| unanswered("PostgreSQL", databases.address()))??;
        tokio::time::timeout(PROVISION_TIMEOUT, nats::provision(streams, stores, writer))
            .await
            .map_err(|_| unanswered("NATS", streams.address.clone()))??;
        applied.provisioned = true;
    }
    Ok(())
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
