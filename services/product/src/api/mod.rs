//! The doors: REST, gRPC, events. None of them decides anything.

pub mod events;
pub mod grpc;
mod problems;
pub mod rest;

use warung_chassis::db::{Db, Tx};
use warung_contracts::{currency::Currency, id::ProductId};

use crate::{cache::Cache, commands::follow_order::Outcome, config::Config, metrics::Metrics};

/// What every door needs.
#[derive(Debug, Clone)]
pub struct App {
    pub db: Db,
    /// The shop's one currency.
    pub currency: Currency,
    pub config: Config,
    pub cache: Cache,
    pub metrics: Metrics,
}

impl App {
    /// Counts and forgets after the commit what orders' fates changed.
    pub fn note(&self, tx: &mut Tx, outcome: Outcome) {
        let Outcome { moved, rejected } = outcome;
        self.forget(tx, &moved);
        let rejections = self.metrics.stock_rejections.clone();
        tx.after_commit(move || {
            rejections.inc_by(rejected);
        });
    }

    /// Forgets pages after the commit; other replicas hear of it a moment later.
    pub fn forget(&self, tx: &mut Tx, products: &[ProductId]) {
        let (cache, products) = (self.cache.clone(), products.to_vec());
        tx.after_commit(move || cache.forget(products));
    }
}
