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

/// Of the searches that are all different, one in so many has a letter too few.
const MISSPELT: u32 = 10;

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

/// Searches of which no two are alike, so that none is answered from memory: two words, a lowest price, an order, and now
/// and then a letter too few.
struct Seeker {
    connection: Connection,
    words: Arc<[String]>,
    random: SmallRng,
}

impl Worker for Seeker {
    async fn step(&mut self, tally: &mut Tally) -> ControlFlow<()> {
        let mut words = self.words[self.random.random_range(0..self.words.len())].clone();
        if self.random.random_ratio(1, MISSPELT) {
            words.remove(2);
        }
        let sort = ["relevance", "newest", "price_asc", "name"][self.random.random_range(0..4)];
        let least = self.random.random_range(0..2_000_000);
        let path = format!("/api/v1/products/search?q={words}&sort={sort}&price_min_minor={least}");
        tally.measure(&self.connection.send(&Call::get(&path)).await);
        ControlFlow::Continue(())
    }
}

/// The same, each different from all others.
///
/// # Errors
///
/// When a worker dies.
pub async fn seek(pace: Pace) -> Result<Measured> {
    let (words, port): (Arc<[String]>, _) = (searches().into(), manifest::get("product").port);
    let seeker = |seed| Seeker {
        connection: Connection::local(port),
        words: words.clone(),
        random: SmallRng::seed_from_u64(seed),
    };
    measure("search, all different", (0..CLIENTS).map(seeker).collect(), pace).await
}
