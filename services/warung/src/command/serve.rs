//! `warung serve`

use clap::Args as Arguments;
use tokio_util::sync::CancellationToken;
use warung_chassis::{config::Env, run, service::BuildError};
use warung_contracts::manifest::{self, JWKS_PATH};

#[derive(Debug, Arguments)]
pub struct Args {
    /// Name of a service, or `all`
    pub service: String,
    /// Migrate the databases first (a cluster does that in Jobs)
    #[arg(long)]
    pub migrate: bool,
    /// Make the NATS streams first (a cluster's operator does that)
    #[arg(long)]
    pub provision: bool,
    /// With `all`: offer every public route on this port too, as the gateway does in a cluster
    #[arg(long, value_name = "PORT")]
    pub front: Option<u16>,
}

/// Runs the named services until `stop`.
///
/// # Errors
///
/// When settings are wrong, a port is taken or a task dies.
pub async fn run(args: &Args, env: &Env, stop: CancellationToken) -> Result<(), BuildError> {
    let services = super::services(&args.service)?;
    let env = if args.service == "all" { in_one_process(env) } else { env.clone() };
    if args.provision {
        super::provision::run(&env).await?;
    }
    if args.migrate {
        super::migrate::run(&args.service, &env).await?;
    }
    run::run_all(&services, &env, args.front, stop).await
}

/// Where services in one process find each other when nothing else is said.
fn in_one_process(env: &Env) -> Env {
    let mut defaults: Vec<(String, String)> = manifest::all()
        .iter()
        .map(|m| (manifest::url_variable(&m.name), format!("http://127.0.0.1:{}", m.port)))
        .collect();
    let signer = manifest::all().iter().find(|manifest| manifest.signs_tokens());
    defaults.extend(
        signer.map(|m| ("WARUNG_JWKS_URL".into(), format!("http://127.0.0.1:{}{JWKS_PATH}", m.port))),
    );
    env.with_defaults(defaults)
}
