//! payment: money in, money back, and the ledger that proves it.
//!
//! A provider is asked by a job, never inside a transaction: a command writes the attempt, the call is made with the
//! attempt's id as idempotency key, and the answer is another command. See `jobs::calls` for what a crash leaves.

mod api;
mod commands;
mod config;
pub mod domain;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod jobs;
mod metrics;
mod providers;
mod store;

use std::sync::Arc;

use tokio::sync::Notify;
use warung_chassis::{
    db::Migrations,
    service::{BuildError, Context, Parts, Service},
};

use crate::{api::rest, commands::Tools, config::Settings, metrics::PaymentMetrics};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "payment",
        migrations: Some(Migrations(&MIGRATOR)),
        build: |context| Box::pin(async move { build(context) }),
    }
}

fn build(context: Context) -> Result<Parts, BuildError> {
    let settings = Settings::read(&context)?;
    let db = context.db();
    let metrics = PaymentMetrics::new(&context.metrics, &settings.providers.names());
    let (providers, tries_max) = (settings.providers.clone(), settings.tries_max);
    let tools = Tools { metrics, calls: Arc::new(Notify::new()), providers: providers.clone(), tries_max };
    let webhooks = Arc::new(Notify::new());
    let shared = jobs::Shared {
        db: db.clone(),
        tools: tools.clone(),
        providers: providers.clone(),
        webhooks: webhooks.clone(),
        rhythm: settings.rhythm,
        keep_webhooks: settings.keep_webhooks,
    };
    Ok(Parts {
        consumers: api::events::consumers(&db, &tools, &settings),
        jobs: jobs::all(&shared),
        grpc: Some(api::grpc::routes(db.clone())),
        rest: rest::router(rest::Shared {
            db,
            tools,
            providers,
            means: settings.means,
            sandbox: settings.sandbox,
            webhooks,
        }),
    })
}
