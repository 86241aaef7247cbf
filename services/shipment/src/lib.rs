//! shipment: what sending costs, and parcels from confirmed orders to the door.

mod api;
mod carrier;
mod commands;
mod config;
pub mod domain;
mod jobs;
mod metrics;
mod seal;
mod store;

use warung_chassis::{
    db::Migrations,
    service::{BuildError, Context, Parts, Service},
};

use crate::{
    api::{grpc, rest},
    config::Settings,
    metrics::ShipmentMetrics,
    seal::Seal,
};

static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// The service.
pub fn service() -> Service {
    Service {
        name: "shipment",
        migrations: Some(Migrations(&MIGRATOR)),
        build: |context| Box::pin(async move { build(context) }),
    }
}

fn build(context: Context) -> Result<Parts, BuildError> {
    let settings = Settings::read(&context)?;
    let metrics = ShipmentMetrics::new(&context.metrics);
    let (db, currency) = (context.db(), context.common.currency);
    let seal = Seal::new(&settings.quote_key)?;
    let desk = grpc::Desk { db: db.clone(), currency, seal, quote_ttl: settings.quote_ttl };
    let jobs = settings.carrier_step.map(|step| jobs::carrier(db.clone(), metrics.clone(), step));
    Ok(Parts {
        consumers: api::events::consumers(&db, &metrics),
        jobs: jobs.into_iter().collect(),
        rest: rest::router(rest::Shared { db, metrics, currency }),
        grpc: Some(grpc::routes(desk)),
    })
}
