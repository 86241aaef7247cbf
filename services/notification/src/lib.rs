//! notification: tells people what happened, once.
//!
//! ```text
//!  event ──> api::events ──> commands::note: contact, template ──> a row in `notifications`   (one transaction with the inbox)
//!  job `send_notifications`: claim due rows ──> SMTP, outside any transaction ──> record the outcome
//!  GET /me/notifications ──> what was sent to the caller
//! ```
//!
//! To tell of another event: consume it in the manifest, implement `domain::notice::Notice` for it, write a template a
//! language in `templates/`.

mod api;
mod commands;
mod config;
mod domain;
mod jobs;
mod mailer;
mod metrics;
mod store;

use std::sync::Arc;

use tokio::sync::Notify;
use warung_chassis::{
    db::Migrations,
    service::{BuildError, Context, Parts, Service},
};

use crate::{
    api::events::Desk, config::Config, domain::template::Templates, jobs::send::Sender, mailer::Mailer,
    metrics::Metrics,
};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "notification",
        migrations: Some(Migrations(&MIGRATOR)),
        build: |context| Box::pin(async move { build(&context) }),
    }
}

fn build(context: &Context) -> Result<Parts, BuildError> {
    let Config { smtp_url, from, id_domain } = Config::read(context)?;
    let mailer = Mailer::new(smtp_url.as_ref(), from, id_domain)?;
    let wake = Arc::new(Notify::new());
    let desk = Desk { templates: Templates::new()?, shop: context.common.shop.clone(), wake: wake.clone() };
    let db = context.db();
    let sender = Sender { db: db.clone(), mailer, metrics: Metrics::register(&context.metrics) };
    Ok(Parts {
        consumers: api::events::consumers(&db, desk),
        rest: api::rest::router(db),
        jobs: vec![jobs::send::job(sender, wake)],
        ..Parts::default()
    })
}
