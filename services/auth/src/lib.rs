//! auth: who somebody is.
//!
//! ```text
//!  POST /register ──> commands::register ──> users + UserRegistered + a link to the address
//!  POST /login ─────> gate (throttle, argon2id off the reactor) ──> commands::open_session ──> tokens | a challenge
//!  POST /login/mfa ─> gate, commands::second_factor ──> commands::open_session ──> tokens
//!  POST /refresh ───> commands::refresh ──> domain::rotation decides ──> tokens | refusal | family revoked
//!  POST /password/forgot ──> reset_requests ──> jobs::resets ──> a link to the address, if it has an account
//!  GET  /.well-known/jwks.json ──> signer (ES256, a ring of keys) ──> the public keys
//!  gRPC Links/GetToken ──> vault ──> the secret of a link, for notification alone
//! ```

mod api;
mod commands;
mod config;
mod domain;
mod gate;
mod jobs;
mod metrics;
mod passwords;
pub mod rotate;
pub mod seed;
mod signer;
mod store;
mod vault;

use std::sync::Arc;

use tokio::sync::Notify;
use warung_chassis::{
    db::{Db, Migrations},
    service::{BuildError, Context, Parts, Service},
};

use crate::{config::Config, metrics::Metrics, passwords::Passwords, signer::Signer, vault::Vault};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "auth",
        migrations: Some(Migrations(&MIGRATOR)),
        build: |context| Box::pin(async move { build(&context) }),
    }
}

/// What every handler needs.
#[derive(Clone)]
struct State(Arc<Inner>);

struct Inner {
    db: Db,
    config: Config,
    /// Name of the shop, for authenticators.
    shop: String,
    signer: Signer,
    passwords: Passwords,
    vault: Vault,
    metrics: Metrics,
    /// Forgotten passwords wait.
    resets: Arc<Notify>,
}

impl std::ops::Deref for State {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

fn build(context: &Context) -> Result<Parts, BuildError> {
    let config = Config::read(context)?;
    let signer = Signer::new(&config.signing_keys, &context.common.public_url, config.access_ttl)?;
    let vault = Vault::new(&config.link_secret, &config.totp_key)?;
    let state = State(Arc::new(Inner {
        db: context.db(),
        config,
        shop: context.common.shop.clone(),
        signer,
        passwords: Passwords::new(),
        vault,
        metrics: Metrics::register(&context.metrics),
        resets: Arc::default(),
    }));
    Ok(Parts {
        rest: api::rest::router(state.clone()),
        grpc: Some(api::grpc::routes(state.clone())),
        consumers: api::events::consumers(&state.db),
        jobs: jobs::all(&state),
    })
}
