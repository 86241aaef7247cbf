//! Reading the catalogue: one product, and a search.

use std::ops::ControlFlow;
use std::sync::Arc;

use anyhow::Result;
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use warung_contracts::manifest;

use super::{Measured, Pace, measure};
use crate::client::{Call, Connection};
use crate::load::Worker;
use crate::seed::{Products, searches};
use crate::tally::Tally;

/// Clients at once; each product page takes a fraction of a millisecond.
const CLIENTS: u64 = 16;

/// Asks for one of these paths after the other, at random.
struct Reader {
    connection: Connection,
    paths: Arc<[String]>,
    random: SmallRng,
}

impl Worker for Reader {
    async fn step(&mut self, tally: &mut Tally) -> ControlFlow<()> {
        let path = &self.paths[self.random.random_range(0..self.paths.len())];
        tally.measure(&self.connection.send(&Call::get(path)).await);
        ControlFlow::Continue(())
    }
}

fn readers(paths: impl Iterator<Item = String>) -> Vec<Reader> {
    let (paths, port): (Arc<[String]>, _) = (paths.collect(), manifest::get("product").port);
    let reader = |seed| Reader {
        connection: Connection::local(port),
        paths: paths.clone(),
        random: SmallRng::seed_from_u64(seed),
    };
    (0..CLIENTS).map(reader).collect()
}

/// `GET /api/v1/products/{id}`, any product as likely as any other.
///
/// # Errors
///
/// When a worker dies.
pub async fn detail(products: &Products, pace: Pace) -> Result<Measured> {
    let paths = products.iter().map(|id| format!("/api/v1/products/{id}"));
    measure("product detail", readers(paths), pace).await
}

/// `GET /api/v1/products/search`, one or two words that the catalogue holds.
///
/// # Errors
///
/// When a worker dies.
pub async fn search(pace: Pace) -> Result<Measured> {
    let paths = searches().into_iter().map(|words| format!("/api/v1/products/search?q={words}"));
    measure("search", readers(paths), pace).await
}
