//! Reconciles one Shop: observe, validate, plan, apply, status.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;
use kube::api::Api;
use kube::runtime::controller::Action;
use kube::{Client, ResourceExt};
use warung_contracts::manifest;

use crate::api::condition::Reason;
use crate::api::{Shop, ShopStatus};
use crate::apply::{self, Applied, StoreAddresses, Writer};
use crate::detect::Apis;
use crate::finalizer::{self, Finished};
use crate::metrics::Metrics;
use crate::observe::{Observed, observe};
use crate::plan::{self, Step, plan, secret};
use crate::status::{Outcome, events, status};
use crate::validate::{ValidShop, validate};

/// A settled Shop is looked at again after this long, for what no watch tells of: the inside of the stores.
const RESYNC: Duration = Duration::from_secs(600);
/// An unfinished Shop is looked at again after this long, should a watch miss something.
const UNFINISHED: Duration = Duration::from_secs(15);
/// First pause after a failure; it doubles with each further one.
const RETRY_FIRST: Duration = Duration::from_secs(1);
/// Pause after a failure at most.
const RETRY_MAX: Duration = Duration::from_secs(60);

/// What every reconcile needs.
pub struct Context {
    pub client: Client,
    pub writer: Writer,
    pub metrics: Arc<Metrics>,
    pub apis: Apis,
    pub stores: StoreAddresses,
    pub operator_namespace: String,
    /// Read while a reconcile is under way, so that whoever gets to write knows that none is.
    pub working: tokio::sync::RwLock<()>,
    /// Failures in a row, by Shop; forgotten at a restart, which only makes the first pause short again.
    pub failures: Mutex<HashMap<String, u32>>,
    /// Whether each Shop is ready, for the metric.
    pub ready: Mutex<HashMap<String, bool>>,
}

impl Context {
    /// Counts a Shop as ready or not; as neither when it is gone.
    fn count(&self, shop: &Shop, is_ready: Option<bool>) {
        let mut all = lock(&self.ready);
        match is_ready {
            Some(is_ready) => all.insert(id(shop), is_ready),
            None => all.remove(&id(shop)),
        };
        let ready = all.values().filter(|ready| **ready).count();
        self.metrics.shops(ready, all.len() - ready);
    }
}

/// A reconcile that has to be tried again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the cluster can't be read: {0}")]
    Observe(#[source] Box<kube::Error>),
    #[error("{0}")]
    Apply(#[from] apply::Error),
}

impl Error {
    /// Reason of the event, and label of the metric.
    pub fn reason(&self) -> Reason {
        match self {
            Self::Observe(_) => Reason::ApiUnavailable,
            Self::Apply(error) => error.reason(),
        }
    }
}

/// Reconciles one Shop and counts how that went.
///
/// # Errors
///
/// [`Error`] when it has to be tried again; the status already tells of it where it could be written.
pub async fn reconcile(shop: Arc<Shop>, context: Arc<Context>) -> Result<Action, Error> {
    let _working = context.working.read().await;
    let began = Instant::now();
    let result = reconcile_now(&shop, &context).await;
    context.metrics.reconciled(if result.is_ok() { "ok" } else { "error" }, began.elapsed());
    if result.is_ok() {
        lock(&context.failures).remove(&id(&shop));
    }
    result
}

/// When to try again after a failure: 1 s, 2 s, 4 s … 60 s.
pub fn error_policy(shop: Arc<Shop>, error: &Error, context: Arc<Context>) -> Action {
    context.metrics.failed(error.reason().as_str());
    let mut failures = lock(&context.failures);
    let count = failures.entry(id(&shop)).or_insert(0);
    let pause = RETRY_FIRST.saturating_mul(2_u32.saturating_pow((*count).min(16))).min(RETRY_MAX);
    *count = count.saturating_add(1);
    tracing::warn!(shop = id(&shop), %error, pause_seconds = pause.as_secs(), "will try again");
    Action::requeue(pause)
}

async fn reconcile_now(cached: &Shop, context: &Context) -> Result<Action, Error> {
    // The cache may lag behind our own last write: what is decided here must stand on the newest status.
    let shops: Api<Shop> = Api::namespaced(context.client.clone(), &cached.namespace().unwrap_or_default());
    let read = |error| Error::Observe(Box::new(error));
    let Some(shop) = shops.get_opt(&cached.name_any()).await.map_err(read)? else {
        context.count(cached, None);
        return Ok(Action::await_change());
    };
    let deleting = shop.metadata.deletion_timestamp.is_some();
    let finalized = shop.finalizers().iter().any(|one| one == apply::FINALIZER);
    if deleting && !finalized {
        context.count(&shop, None);
        return Ok(Action::await_change());
    }
    if !deleting && !finalized {
        context.writer.finalizer(&shop, true).await?;
        return Ok(Action::await_change());
    }
    let observed =
        observe(&context.client, &shop, &context.apis, &context.operator_namespace).await.map_err(read)?;
    if deleting {
        let finished = finalizer::finish(&shop, &observed, &context.writer, &context.stores).await?;
        return Ok(match finished {
            Finished::Yes => {
                context.count(&shop, None);
                Action::await_change()
            }
            Finished::NotYet => Action::requeue(UNFINISHED),
        });
    }
    carry_out(&shop, observed, context).await
}

async fn carry_out(shop: &Shop, mut observed: Observed, context: &Context) -> Result<Action, Error> {
    let valid = match validate(shop, &observed, manifest::all()) {
        Ok(valid) => valid,
        Err(invalid) => {
            context.metrics.failed(invalid.reason().as_str());
            return stop(shop, &Outcome::Invalid(&invalid), context).await;
        }
    };
    if shop.spec.paused {
        return look_on(shop, &valid, &observed, context).await;
    }
    let mut applied = match make_secrets(&valid, &mut observed, context).await {
        Err(error) => Applied { failure: Some((Step::Stores, error)), ..Applied::new(observed.live.clone()) },
        Ok(()) => {
            let plan = match plan(&valid, &observed) {
                Ok(plan) => plan,
                Err(error) => return stop(shop, &unplannable(&error), context).await,
            };
            let mut applied = apply::carry_out(&plan, &observed, &context.writer, &context.stores).await;
            if applied.failure.is_none() && applied.waiting.is_none() {
                let (writer, stores) = (&context.writer, &context.stores);
                apply::prune(&plan, &valid.uid, &mut applied, writer, stores).await?;
            }
            applied
        }
    };
    if let Some((_, apply::Error::NotLeader(error))) = applied.failure {
        return Err(apply::Error::NotLeader(error).into());
    }
    let new = status(
        shop,
        &Outcome::Carried { shop: &valid, observed: &observed, applied: &applied },
        Timestamp::now(),
    );
    let ready = is_ready(&new);
    write_status(shop, &new, context).await?;
    match applied.failure.take() {
        Some((_, error)) => Err(error.into()),
        // An API that went away may be back before anybody notices that it was.
        None if ready && applied.gone.is_empty() => Ok(Action::requeue(RESYNC)),
        None => Ok(Action::requeue(UNFINISHED)),
    }
}

/// Tells why nothing is done, and looks again when somebody may have mended it.
async fn stop(shop: &Shop, outcome: &Outcome<'_>, context: &Context) -> Result<Action, Error> {
    write_status(shop, &status(shop, outcome, Timestamp::now()), context).await?;
    Ok(Action::requeue(RETRY_MAX))
}

fn unplannable(error: &plan::Error) -> Outcome<'static> {
    let cause = std::error::Error::source(error).map(|e| format!(": {e}")).unwrap_or_default();
    Outcome::Unplannable(format!("{error}{cause}"))
}

/// A paused Shop: nothing is written but its status, which says what is true all the same.
async fn look_on(
    shop: &Shop,
    valid: &ValidShop,
    observed: &Observed,
    context: &Context,
) -> Result<Action, Error> {
    let plan = match plan(valid, observed) {
        Ok(plan) => plan,
        Err(error) => return stop(shop, &unplannable(&error), context).await,
    };
    // The inside of the stores isn't looked at: what was complete once is taken to be provisioned.
    let provisioned = valid.running_version.is_some();
    let applied = Applied { provisioned, ..Applied::new(observed.live.clone()) };
    let open = apply::first_open(&plan, &observed.live);
    let outcome = Outcome::Paused { shop: valid, observed, applied: &applied, open: open.as_ref() };
    write_status(shop, &status(shop, &outcome, observed.now), context).await?;
    Ok(Action::await_change())
}

/// What is generated once, and the rotation that is asked for.
async fn make_secrets(
    shop: &ValidShop,
    observed: &mut Observed,
    context: &Context,
) -> Result<(), apply::Error> {
    let missing = secret::missing(shop, observed);
    apply::generate(shop, &missing, &mut observed.live, &context.writer).await?;
    match secret::rotation(shop, observed) {
        Some(rotation) => apply::rotate(&rotation, observed.now, &mut observed.live, &context.writer).await,
        None => Ok(()),
    }
}

/// Writes a status that differs from the last, and the events between the two.
async fn write_status(shop: &Shop, new: &ShopStatus, context: &Context) -> Result<(), Error> {
    context.count(shop, Some(is_ready(new)));
    if shop.status.as_ref() == Some(new) {
        return Ok(());
    }
    context.writer.status(shop, new).await?;
    for event in events(shop.status.as_ref(), new) {
        context.writer.event(shop, &event).await;
    }
    Ok(())
}

fn is_ready(status: &ShopStatus) -> bool {
    status.conditions.iter().any(|c| c.type_ == "Ready" && c.status == "True")
}

fn id(shop: &Shop) -> String {
    format!("{}/{}", shop.namespace().unwrap_or_default(), shop.name_any())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
