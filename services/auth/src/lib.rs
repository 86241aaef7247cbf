//! auth: who somebody is.
//!
//! ```text
//!  POST /register ──> commands::register ──> users + UserRegistered
//!  POST /login ─────> passwords (argon2id, off the reactor) ──> commands::open_session ──> tokens
//!  POST /refresh ───> commands::refresh ──> domain::rotation decides ──> tokens | refusal | family revoked
//!  POST /logout ────> commands::logout ──> family revoked
//!  GET  /.well-known/jwks.json ──> signer (ES256) ──> the public key
//! ```

mod api;
mod commands;
mod config;
mod domain;
mod jobs;
mod metrics;
mod passwords;
mod signer;
mod store;

use std::sync::Arc;

use warung_chassis::{
    db::{Db, Migrations},
    service::{BuildError, Context, Parts, Service},
};

use crate::{config::Config, metrics::Metrics, passwords::Passwords, signer::Signer};

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
    signer: Signer,
    passwords: Passwords,
    metrics: Metrics,
}

impl std::ops::Deref for State {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

fn build(context: &Context) -> Result<Parts, BuildError> {
    let config = Config::read(context)?;
    let signer = Signer::new(&config.signing_key, &context.common.public_url)?;
    let metrics = Metrics::register(&context.metrics);
    let state =
        State(Arc::new(Inner { db: context.db(), config, signer, passwords: Passwords::new()?, metrics }));
    let jobs = vec![jobs::bootstrap::job(state.clone()), jobs::sweep::job(state.db.clone())];
    Ok(Parts { rest: api::rest::router(state), jobs, ..Parts::default() })
}
