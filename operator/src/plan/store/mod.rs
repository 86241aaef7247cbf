//! The embedded stores: a StatefulSet each, with commands that need no image's entrypoint script.

mod nats;
mod postgres;
mod redis;
mod workload;

use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use warung_contracts::manifest::Manifest;

use super::service::before_migrations;
use super::stage::{Stage, Step, key};
use crate::objects::{Object, kinds, names};
use crate::observe::Observed;
use crate::readiness::stuck;
use crate::validate::ValidShop;

/// The stores that the operator runs, and what has to be there before databases are used.
pub fn stage(shop: &ValidShop, observed: &Observed) -> Stage {
    let mut stage = Stage::new(Step::Stores, before_migrations(shop, observed));
    let mut add = |name: &str, objects: Vec<Object>| {
        stage.apply.extend(objects);
        stage.discard.extend(stuck_pods(name, observed));
        stage.gate.push(key(kinds::STATEFUL_SET, name));
    };
    if let Some(store) = shop.postgres.embedded() {
        add(names::POSTGRES, postgres::objects(shop, store));
    }
    if let Some(store) = shop.nats.embedded() {
        add(names::NATS, nats::objects(shop, store, observed));
    }
    if let Some(store) = shop.redis.embedded() {
        add(names::REDIS, redis::objects(shop, store, observed));
    }
    stage
}

/// Pods that a correction of the store's settings would never reach.
fn stuck_pods(store: &str, observed: &Observed) -> Vec<Object> {
    let Some(live) = observed.live.get(kinds::STATEFUL_SET.kind, store) else { return Vec::new() };
    let pod = |pod: &Pod| {
        let mut object = Object::new(&pod.name_any(), &kinds::POD.resource());
        object.metadata.namespace = pod.namespace();
        object.metadata.uid = pod.uid();
        object
    };
    stuck(live, &observed.pods).into_iter().map(pod).collect()
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
