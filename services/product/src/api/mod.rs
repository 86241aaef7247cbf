//! The doors: REST, gRPC, events. None of them decides anything.

pub mod events;
pub mod grpc;
mod problems;
pub mod rest;

use warung_chassis::db::{Db, Tx};
use warung_contracts::currency::Currency;

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
    /// Counts and forgets after the commit what an order's fate changed.
    pub fn note(&self, tx: &mut Tx, outcome: &Outcome) {
        match outcome {
            Outcome::Moved(products) => {
                let (cache, products) = (self.cache.clone(), products.clone());
                tx.after_commit(move || cache.forget(&products));
            }
            Outcome::Rejected => {
                let rejections = self.metrics.stock_rejections.clone();
                tx.after_commit(move || {
                    rejections.inc();
                });
            }
            Outcome::Nothing => {}
        }
    }
}
