//! order: what somebody bought, and how far it is.
//!
//! Checkout asks cart and product, then writes the order and its event in one transaction. Everything after that are
//! facts from product, payment and shipment, each applied by the one state machine in `domain::step`.

mod api;
mod commands;
mod config;
pub mod domain;
mod jobs;
mod metrics;
mod peers;
mod pricing;
mod promotions;
mod recent;
mod store;
mod taxes;

use warung_chassis::{
    db::Migrations,
    service::{BuildError, Context, Parts, Service},
};
use warung_contracts::manifest::means;

use crate::{
    api::rest,
    config::Settings,
    metrics::OrderMetrics,
    peers::{Histories, Peers},
    pricing::Pricing,
    promotions::Promotions,
    taxes::Taxes,
};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "order",
        migrations: Some(Migrations(&MIGRATOR)),
        build: |context| Box::pin(async move { build(context) }),
    }
}

fn build(context: Context) -> Result<Parts, BuildError> {
    let settings = Settings::read(&context)?;
    let metrics = OrderMetrics::new(&context.metrics);
    let [cart, product, shipment, user] =
        ["cart", "product", "shipment", "user"].map(|name| context.peer(name));
    let peers = Peers::new(cart?, product?, shipment?, user?);
    let (db, histories) = (context.db(), Histories::new(&context)?);
    let pricing = Pricing {
        db: db.clone(),
        peers,
        taxes: Taxes::default(),
        promotions: Promotions::default(),
        metrics: metrics.clone(),
        currency: context.common.currency,
        prices_include_tax: settings.prices_include_tax,
        step: means::step(&settings.means, context.common.currency),
    };
    Ok(Parts {
        consumers: api::events::consumers(&db, &metrics, &settings),
        grpc: Some(api::grpc::routes(db.clone(), settings.token_key.clone())),
        jobs: vec![jobs::deadline(db.clone(), metrics.clone()), jobs::waiting(db.clone(), metrics.clone())],
        rest: rest::router(rest::Shared {
            db,
            common: context.common,
            settings,
            pricing,
            histories,
            metrics,
        }),
    })
}
