//! `warung-operator run`.

use std::net::SocketAddr;
use std::sync::Arc;

use clap::Args;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::apply::StoreAddresses;
use crate::detect;
use crate::metrics::Metrics;
use crate::operator::{self, Settings};

/// Flags of `run`; each can be an environment variable.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Namespace of the operator, where its Lease is.
    #[arg(long, env = "POD_NAMESPACE", default_value = "warung-system")]
    namespace: String,
    /// The one namespace whose Shops are looked after; every namespace when absent.
    #[arg(long, env = "WARUNG_OPERATOR_WATCH_NAMESPACE")]
    watch_namespace: Option<String>,
    /// This replica's name among others.
    #[arg(long, env = "POD_NAME", default_value_t = default_identity())]
    identity: String,
    /// Address of /livez, /readyz and /metrics.
    #[arg(long, env = "WARUNG_OPERATOR_LISTEN", default_value = "0.0.0.0:8080")]
    listen: SocketAddr,
    /// Shops reconciled at once.
    #[arg(long, env = "WARUNG_OPERATOR_CONCURRENCY", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=64))]
    concurrency: u16,
    /// What is logged, such as info or warung_operator=debug.
    #[arg(long, env = "WARUNG_OPERATOR_LOG", default_value = "info,async_nats=warn", value_parser = filter)]
    log: String,
    /// host:port of embedded PostgreSQL servers, for an operator outside the cluster.
    #[arg(long, env = "WARUNG_OPERATOR_POSTGRES_ADDRESS", value_parser = address)]
    postgres_address: Option<String>,
    /// host:port of embedded NATS servers, for an operator outside the cluster.
    #[arg(long, env = "WARUNG_OPERATOR_NATS_ADDRESS", value_parser = address)]
    nats_address: Option<String>,
}

fn default_identity() -> String {
    format!("{}-{}", std::env::var("HOSTNAME").unwrap_or_else(|_| "local".into()), std::process::id())
}

fn filter(text: &str) -> Result<String, String> {
    EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|error| error.to_string())
}

fn address(text: &str) -> Result<String, String> {
    let port = text
        .rsplit_once(':')
        .and_then(|(host, port)| (!host.is_empty()).then(|| port.parse::<u16>().ok())?);
    port.map(|_| text.to_owned()).ok_or_else(|| "write host:port, such as 127.0.0.1:5432".into())
}

/// Why the operator doesn't run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("no cluster is configured: {0}; set KUBECONFIG, or run in a pod")]
    Kubeconfig(String),
    #[error("the runtime can't start: {0}")]
    Runtime(#[source] std::io::Error),
    #[error("{0}")]
    Operator(#[from] operator::Error),
}

impl Error {
    /// Whether a flag, a variable or a file of the user is wrong.
    pub fn is_usage(&self) -> bool {
        matches!(self, Self::Kubeconfig(_))
    }
}

/// Runs the operator until SIGTERM or SIGINT.
///
/// # Errors
///
/// [`Error`] when it can't start or one of its parts ends by itself.
pub fn run(arguments: Arguments) -> Result<(), Error> {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(EnvFilter::new(&arguments.log))
        .init();
    // Only the first call installs a provider; a second one changes nothing.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Error::Runtime)?
        .block_on(serve(arguments))
}

async fn serve(arguments: Arguments) -> Result<(), Error> {
    let client = kube::Client::try_default().await.map_err(|error| Error::Kubeconfig(error.to_string()))?;
    let Arguments {
        namespace,
        watch_namespace,
        identity,
        listen,
        concurrency,
        log: _,
        postgres_address,
        nats_address,
    } = arguments;
    let stores = StoreAddresses { postgres: postgres_address, nats: nats_address };
    let settings = Settings {
        namespace,
        watch: watch_namespace,
        identity,
        listen,
        concurrency,
        detect_interval: detect::INTERVAL,
        stores,
    };
    let stop = CancellationToken::new();
    let running = operator::run(client, settings, Arc::new(Metrics::new()), stop.clone());
    tokio::pin!(running);
    tokio::select! {
        ended = &mut running => return Ok(ended?),
        () = asked_to_stop() => tracing::info!("asked to stop; finishing what is under way"),
    }
    stop.cancel();
    Ok(running.await?)
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminate = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
