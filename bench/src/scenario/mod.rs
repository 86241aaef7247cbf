//! What is measured, one file a part of the shop.

pub mod cart;
pub mod catalogue;
pub mod checkout;
pub mod orders;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;
use serde::Serialize;

use crate::cpu::{self, Usage};
use crate::load::{self, Round, Worker};
use crate::tally::{Tally, median};

/// How long and how often a scenario runs.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    pub rounds: u32,
    /// Time of each round.
    pub lasts: Duration,
    /// Time before the first round that does not count.
    pub warm_up: Duration,
}

/// What a scenario came to.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    pub name: &'static str,
    /// Clients that sent at the same time.
    pub clients: usize,
    pub rounds: usize,
    /// Measured requests that succeeded a second: the median of the rounds, the slowest and the fastest.
    pub per_second: f64,
    pub per_second_lowest: f64,
    pub per_second_highest: f64,
    /// Medians over the rounds.
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub sent: u64,
    pub failed: u64,
    pub errors: BTreeMap<String, u64>,
    /// Cores that each program kept busy.
    pub cores: BTreeMap<String, f64>,
}

impl Measured {
    /// Sums rounds up.
    pub fn of(name: &'static str, clients: usize, rounds: &[Round], usage: Usage) -> Self {
        let mut all = Tally::new();
        rounds.iter().for_each(|round| all.add(&round.tally));
        let rates = || rounds.iter().map(Round::rate);
        Self {
            name,
            clients,
            rounds: rounds.len(),
            per_second: median(rates()),
            per_second_lowest: rates().fold(f64::INFINITY, f64::min),
            per_second_highest: rates().fold(0.0, f64::max),
            p50_ms: median(rounds.iter().map(|round| round.tally.milliseconds_at(0.5))),
            p99_ms: median(rounds.iter().map(|round| round.tally.milliseconds_at(0.99))),
            sent: all.sent,
            failed: all.failed(),
            errors: all.errors,
            cores: usage.cores,
        }
    }

    /// Share of the requests that failed, 0 to 1.
    pub fn failed_share(&self) -> f64 {
        self.failed as f64 / self.sent.max(1) as f64
    }
}

/// Warms up, then runs the rounds.
///
/// # Errors
///
/// When a worker dies or /proc can't be read.
pub async fn measure<W: Worker>(name: &'static str, workers: Vec<W>, pace: Pace) -> Result<Measured> {
    let clients = workers.len();
    let (mut workers, _) = load::round(workers, pace.warm_up).await?;
    let watch = cpu::Watch::start()?;
    let mut rounds = Vec::new();
    for _ in 0..pace.rounds {
        let (back, round) = load::round(workers, pace.lasts).await?;
        workers = back;
        rounds.push(round);
    }
    Ok(Measured::of(name, clients, &rounds, watch.stop()?))
}
