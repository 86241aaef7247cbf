//! The embedded stores: a StatefulSet each, with commands that need no image's entrypoint script.

mod nats;
mod postgres;
mod redis;
mod workload;

use warung_contracts::manifest::Manifest;

use super::service::before_migrations;
use super::stage::{Stage, Step, key};
use crate::objects::{kinds, names};
use crate::observe::Observed;
use crate::validate::ValidShop;

/// The stores that the operator runs, and what has to be there before databases are used.
pub fn stage(shop: &ValidShop, observed: &Observed) -> Stage {
    let mut stage = Stage::new(Step::Stores, before_migrations(shop, observed));
    if let Some(store) = shop.postgres.embedded() {
        stage.apply.extend(postgres::objects(shop, store));
        stage.gate.push(key(kinds::STATEFUL_SET, names::POSTGRES));
    }
    if let Some(store) = shop.nats.embedded() {
        stage.apply.extend(nats::objects(shop, store, observed));
        stage.gate.push(key(kinds::STATEFUL_SET, names::NATS));
    }
    if let Some(store) = shop.redis.embedded() {
        stage.apply.extend(redis::objects(shop, store, observed));
        stage.gate.push(key(kinds::STATEFUL_SET, names::REDIS));
    }
    stage
}

/// The parts whose pods may connect to a store: the services that need it, and their migrations.
fn clients(shop: &ValidShop, needs: impl Fn(&Manifest) -> bool) -> Vec<String> {
    let services = shop.services.iter().map(|service| service.manifest).filter(|manifest| needs(manifest));
    services
        .flat_map(|manifest| {
            let migrates = manifest.database.is_some().then(|| names::migration_part(&manifest.name));
            std::iter::once(manifest.name.clone()).chain(migrates)
        })
        .collect()
}
