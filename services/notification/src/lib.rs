//! notification: tells people what happened, once.
//!
//! ```text
//!  event ──> api::events ──> commands::note: contact, preferences, templates ──> rows in `notifications`, one a channel
//!                                                                          (one transaction with the inbox)
//!  job `send_notifications`: claim due rows ──> channels: SMTP, SMS, push, outside any transaction ──> record the outcome
//!  providers ──> api::rest::webhooks: what arrived, what came back
//! ```
//!
//! To tell of another event: consume it in the manifest, implement `domain::notice::Notice` for it, write a template a
//! language and channel in `templates/`.

mod api;
mod channels;
mod commands;
mod config;
mod domain;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod jobs;
mod metrics;
mod peers;
mod store;

use std::sync::Arc;

use tokio::sync::Notify;
use warung_chassis::{
    config::ConfigError,
    db::Migrations,
    service::{BuildError, Context, Parts, Service},
};

use crate::{
    channels::{
        email::Mailer,
        push::{Push, fcm::Fcm, web::WebPush},
        sms::Sms,
    },
    commands::note::Desk,
    config::Config,
    domain::{template::Templates, unsubscribe::Unsubscriber},
    jobs::send::{Providers, Sender},
    metrics::Metrics,
    peers::Tokens,
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
    let config = Config::read(context)?;
    let (db, wake) = (context.db(), Arc::new(Notify::new()));
    let (desk, push, sms) = (desk(context, &config)?, push(&config)?, sms(&config)?);
    let desk = Arc::new(desk);
    let shared = api::rest::Shared {
        db: db.clone(),
        desk: desk.clone(),
        web: push.web.public_key().to_owned(),
        push_any: config.push_any,
        sms: sms.account().cloned(),
        bounce_secret: config.bounce_secret,
    };
    if config.smtp_url.is_none() {
        tracing::warn!(
            "WARUNG_SMTP_URL is empty: no mail is sent, not even those by which customers confirm addresses and reset passwords"
        );
    }
    let mailer = Mailer::new(config.smtp_url.as_ref(), config.from, config.id_domain)?;
    let tokens = Tokens::new(context.peer("auth")?, context.peer("order")?);
    let providers = Providers { db: db.clone(), desk: desk.clone(), mailer, sms, push, tokens };
    let sender = Sender { providers, metrics: Metrics::register(&context.metrics) };
    Ok(Parts {
        consumers: api::events::consumers(&db, &desk, &wake),
        grpc: Some(api::grpc::routes(db.clone())),
        rest: api::rest::router(shared),
        jobs: vec![jobs::send::job(sender, wake), jobs::sweep::job(db)],
    })
}

fn desk(context: &Context, config: &Config) -> anyhow::Result<Desk> {
    Ok(Desk {
        templates: Templates::new(config.time_zone.clone())?,
        shop: context.common.shop.clone(),
        links_url: config.links_url.clone(),
        api_url: config.api_url.clone(),
        unsubscriber: Unsubscriber::new(&config.unsubscribe_key)?,
        sms: config.sms.is_some(),
        staff: config.staff.clone(),
    })
}

fn push(config: &Config) -> Result<Push, ConfigError> {
    let fault =
        |name: &'static str| move |error: anyhow::Error| ConfigError(vec![format!("{name}: {error}")]);
    let fcm = config.fcm.as_ref().map(|(url, key)| Fcm::new(url.clone(), key));
    let subject = config.api_url.clone();
    Ok(Push {
        fcm: fcm.transpose().map_err(fault("WARUNG_FCM_CREDENTIALS"))?,
        web: WebPush::new(&config.vapid_key, subject, config.push_any).map_err(fault("WARUNG_VAPID_KEY"))?,
    })
}

fn sms(config: &Config) -> anyhow::Result<Sms> {
    Ok(Sms::new(config.sms.clone())?)
}
