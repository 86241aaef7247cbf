//! What is for sale, and how much of it is left.
//!
//! ```text
//!  api/rest ─┐                            ┌─> domain   which facts lead to which state, what stock allows
//!  api/grpc ─┼─> commands (writes) ───────┤
//!  api/events┘   store::documents (reads) └─> store    SQL
//!                    ^ event product.changed
//! ```

mod api;
mod bulk;
mod cache;
mod commands;
mod config;
pub mod domain;
mod feed;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod jobs;
mod metrics;
mod seed;
mod store;
pub mod tools;

use warung_chassis::{
    config::ConfigError,
    db::Migrations,
    service::{BuildError, Context, Parts, Service},
};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "product",
        migrations: Some(Migrations(&MIGRATOR)),
        build: |context| Box::pin(std::future::ready(build(&context))),
    }
}

fn build(context: &Context) -> Result<Parts, BuildError> {
    let settings: Result<config::Config, ConfigError> = config::Config::read(context);
    let state = api::App {
        db: context.db(),
        currency: context.common.currency,
        config: settings?,
        cache: cache::Cache::new(),
        metrics: metrics::Metrics::register(&context.metrics),
    };
    Ok(Parts {
        rest: api::rest::router(state.clone()),
        grpc: Some(api::grpc::routes(state.clone())),
        consumers: api::events::consumers(&state),
        jobs: vec![
            jobs::expire::job(state.clone()),
            jobs::hear::job(state.clone()),
            jobs::mend::job(state.clone()),
            jobs::sweep::job(state),
        ],
    })
}
