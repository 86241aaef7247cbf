//! shipment: what sending costs, and parcels from confirmed orders to the door.
//!
//! ```text
//!  api/grpc    Rates: quotes, signed by `seal`                        ┌─> domain   what it costs, how it is packed, what may happen
//!  api/rest  ─┐                                                       │
//!  api/events ┼─> commands: pack, dispatch, split, cancel … ─> record ┼─> store    SQL
//!  jobs       ┘                                                       └─> outbox   what others are told
//!    └─ asks `carriers`, which also tell by webhooks
//! ```

mod api;
mod carriers;
mod commands;
mod config;
pub mod domain;
#[cfg(feature = "fuzzing")]
pub mod fuzz;
mod jobs;
mod metrics;
mod peers;
mod seal;
mod store;

use std::sync::Arc;

use warung_chassis::{
    db::Migrations,
    service::{BuildError, Context, Parts, Service},
};

use crate::{
    api::{grpc, rest},
    carriers::{Carrier, Carriers, sandbox::Sandbox},
    commands::Desk,
    config::Settings,
    metrics::ShipmentMetrics,
    peers::Orders,
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
    let Settings {
        carriers,
        carrier_step,
        carrier_books,
        carrier_secret,
        parcel_max_grams,
        quote_ttl,
        quote_key,
    } = Settings::read(&context)?;
    let (db, currency, shop) = (context.db(), context.common.currency, context.common.shop.clone());
    let sandbox = Sandbox { step: carrier_step, books: carrier_books, secret: carrier_secret };
    let carriers = Carriers::switched_on(&carriers, [Arc::new(sandbox) as Arc<dyn Carrier>]);
    let codes: Vec<&str> = carriers.all().map(|carrier| carrier.code()).collect();
    let metrics = ShipmentMetrics::new(&context.metrics, &codes);
    let desk = Desk { metrics, carriers, parcel_max_grams };
    let rates = grpc::Desk { db: db.clone(), currency, seal: Seal::new(&quote_key)?, quote_ttl };
    let orders = Orders::new(context.peer("order")?);
    Ok(Parts {
        consumers: api::events::consumers(&db, &desk),
        jobs: jobs::all(&db, &desk, orders),
        grpc: Some(grpc::routes(rates, db.clone(), desk.carriers.clone())),
        rest: rest::router(rest::Shared { db, desk, currency, shop }),
    })
}
