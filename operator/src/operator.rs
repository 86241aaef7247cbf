//! The running operator: lease, controller, detection and admin server, all of which live and end together.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use kube::runtime::{Config, Controller, watcher};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::admin;
use crate::api::Shop;
use crate::apply::{StoreAddresses, Writer};
use crate::controller::{self, Context};
use crate::detect::{self, Apis};
use crate::lease::{Elector, Leadership};
use crate::metrics::Metrics;
use crate::trigger;

/// Name of the Lease.
const LEASE: &str = "warung-operator";
/// Several changes of one Shop within this time are one reconcile.
const DEBOUNCE: Duration = Duration::from_millis(200);

/// How the operator runs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Namespace of the operator, where its Lease is.
    pub namespace: String,
    /// The one namespace whose Shops are looked after; every namespace when absent.
    pub watch: Option<String>,
    /// This replica's name.
    pub identity: String,
    /// Address of health and metrics.
    pub listen: SocketAddr,
    /// Shops reconciled at once.
    pub concurrency: u16,
    /// Pause between two looks for optional APIs.
    pub detect_interval: Duration,
    pub stores: StoreAddresses,
}

/// A part of the operator that ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{address} can't be listened on: {source}; choose another --listen")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("the API server doesn't answer: {0}; check the kubeconfig or the ServiceAccount")]
    Api(#[source] Box<kube::Error>),
    #[error("{0} ended unexpectedly; the process stops so that it is started anew")]
    Ended(&'static str),
}

/// Runs until `stop`, then finishes what it is at and gives the Lease back.
///
/// # Errors
///
/// [`Error`] when it can't start, or when one of its parts ends by itself.
pub async fn run(
    client: Client,
    settings: Settings,
    metrics: Arc<Metrics>,
    stop: CancellationToken,
) -> Result<(), Error> {
    let listener = tokio::net::TcpListener::bind(settings.listen).await;
    let listener = listener.map_err(|source| Error::Listen { address: settings.listen, source })?;
    let first = detect::detect(&client).await.map_err(|error| Error::Api(Box::new(error)))?;
    let (apis_sender, apis) = watch::channel(first);
    let (ready_sender, ready) = watch::channel(true);
    let (elector, leadership, leads) =
        Elector::new(client.clone(), &settings.namespace, LEASE, &settings.identity);

    let mut parts: JoinSet<&'static str> = JoinSet::new();
    let router = admin::router(metrics.clone(), ready);
    let told = stop.clone();
    parts.spawn(async move {
        let served = axum::serve(listener, router).with_graceful_shutdown(told.cancelled_owned()).await;
        if let Err(error) = served {
            tracing::error!(%error, "the admin server failed");
        }
        "the admin server"
    });
    let told = stop.clone();
    let detecting = client.clone();
    let interval = settings.detect_interval;
    parts.spawn(async move {
        detect::keep_detecting(detecting, apis_sender, interval, told).await;
        "detection"
    });
    // The Lease is given back only after the last reconcile has ended.
    let release = CancellationToken::new();
    let told = release.clone();
    parts.spawn(async move {
        elector.run(told).await;
        "leader election"
    });
    let told = stop.clone();
    parts.spawn(async move {
        lead(client, settings, metrics, leadership, leads, apis, told).await;
        release.cancel();
        "the controller"
    });

    let mut ended_early = None;
    while let Some(part) = parts.join_next().await {
        let part = part.unwrap_or("a part that panicked");
        if !stop.is_cancelled() {
            ended_early.get_or_insert(part);
            stop.cancel();
        }
    }
    drop(ready_sender);
    ended_early.map_or(Ok(()), |part| Err(Error::Ended(part)))
}

/// Runs a controller while the Lease is held, anew whenever the optional APIs change.
async fn lead(
    client: Client,
    settings: Settings,
    metrics: Arc<Metrics>,
    leadership: Arc<Leadership>,
    mut leads: watch::Receiver<bool>,
    mut apis: watch::Receiver<Apis>,
    stop: CancellationToken,
) {
    loop {
        metrics.leads(false);
        // Whoever leads counts the Shops.
        metrics.shops(0, 0);
        tokio::select! {
            () = stop.cancelled() => return,
            held = holds(&mut leads, true) => if !held { return },
        }
        metrics.leads(true);
        tracing::info!(identity = settings.identity, "holds the lease");
        let served = apis.borrow_and_update().clone();
        let context = Arc::new(Context {
            client: client.clone(),
            writer: Writer::new(client.clone(), leadership.clone(), metrics.clone(), &settings.identity),
            metrics: metrics.clone(),
            apis: served,
            stores: settings.stores.clone(),
            operator_namespace: settings.namespace.clone(),
            working: tokio::sync::RwLock::default(),
            failures: Mutex::default(),
            ready: Mutex::default(),
        });
        let until = CancellationToken::new();
        let ended = until.clone();
        let controller =
            control(context.clone(), settings.watch.clone(), settings.concurrency, until.clone());
        tokio::pin!(controller);
        tokio::select! {
            () = &mut controller => {}
            () = stop.cancelled() => {
                ended.cancel();
                drain(controller, &context).await;
                return;
            }
            _ = holds(&mut leads, false) => {
                tracing::warn!("lost the lease; writes stop at the fence");
                ended.cancel();
                drain(controller, &context).await;
            }
            _ = apis.changed() => {
                ended.cancel();
                drain(controller, &context).await;
            }
        }
    }
}

/// Lets the reconciles under way finish and begins no other. The controller's own end isn't waited for: it may first
/// sit out the pause that its last reconcile asked for.
async fn drain(controller: impl Future<Output = ()>, context: &Context) {
    tokio::select! {
        () = controller => {}
        _ = context.working.write() => {}
    }
}

/// Waits until the Lease is held, or is not; false when that will never be told any more.
async fn holds(leads: &mut watch::Receiver<bool>, wanted: bool) -> bool {
    leads.wait_for(|leads| *leads == wanted).await.is_ok()
}

async fn control(context: Arc<Context>, watch: Option<String>, concurrency: u16, until: CancellationToken) {
    let client = context.client.clone();
    let scope = trigger::Scope(watch);
    let shops: Api<Shop> = scope.typed(&client);
    let controller = Controller::new(shops, watcher::Config::default());
    let changes = trigger::changes(&client, &scope, &context.apis, controller.store());
    controller
        .with_config(Config::default().concurrency(concurrency).debounce(DEBOUNCE))
        .reconcile_on(changes)
        .graceful_shutdown_on(until.cancelled_owned())
        .run(controller::reconcile, controller::error_policy, context)
        .for_each(|result| async move {
            match result {
                Ok((shop, _)) => tracing::debug!(%shop, "reconciled"),
                // The error policy has already told of failed reconciles; the rest is about watches.
                Err(kube::runtime::controller::Error::ReconcilerFailed(..)) => {}
                Err(error) => tracing::debug!(%error, "the controller's queue"),
            }
        })
        .await;
}
