//! Orders from checkout to confirmation, through every service and back.
//!
//! Customers place orders for some time; order's own metrics say how many got where. What was placed and is neither
//! confirmed nor refused is the backlog. Then nothing is placed any more, and the backlog drains.

mod ends;
mod history;

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::Result;
use hyper::header::HeaderValue;
use serde::Serialize;
use tokio::sync::mpsc;

use super::Measured;
use super::cart::Carts;
use super::checkout::{CLIENTS, Queue, Till};
use crate::load::{self, Worker};
use crate::seed::{Customers, Products};
use crate::stages::{self, Stage};
use crate::tally::Tally;
use crate::{calm, cpu, openmetrics};
use ends::Ends;

/// How often order is asked how far it is.
const LOOK: Duration = Duration::from_millis(100);
/// How long a backlog may take to drain before it is reported as it is.
const DRAIN_MAX: Duration = Duration::from_secs(120);
/// One order in so many is remembered, and its history read afterwards.
const SAMPLE_EVERY: u64 = 16;

/// What became of the orders.
#[derive(Debug, Clone, Serialize)]
pub struct Orders {
    /// The checkouts, as requests.
    pub checkout: Measured,
    /// Unfinished orders at which customers waited; none when they did not.
    pub unfinished_max: Option<u64>,
    pub load_seconds: f64,
    pub placed: u64,
    /// Orders confirmed a second while orders were placed.
    pub confirmed_per_second: f64,
    /// Unfinished orders when the last was placed, and at most.
    pub backlog_at_end: u64,
    pub backlog_highest: u64,
    /// Events in the outboxes when the last was placed, as the services last noted it.
    pub outbox_pending_at_end: f64,
    /// From the last order to the end of the backlog; none when that lasted longer than two minutes.
    pub drain_seconds: Option<f64>,
    pub confirmed: u64,
    /// Rejected or cancelled: there should be none.
    pub refused: u64,
    /// Orders confirmed a second from the first order to the end of the backlog.
    pub end_to_end_per_second: f64,
    /// What the services did, from the first order to the end of the backlog.
    pub stages: Vec<Stage>,
    /// Time from placed to confirmed in the history of some of the orders.
    pub placed_to_confirmed_p50_ms: f64,
    pub placed_to_confirmed_p99_ms: f64,
}

/// What the customers and the onlooker share.
#[derive(Debug, Default)]
struct Progress {
    placed: AtomicU64,
    ended: AtomicU64,
    backlog_highest: AtomicU64,
}

impl Progress {
    fn unfinished(&self) -> u64 {
        self.placed.load(Relaxed).saturating_sub(self.ended.load(Relaxed))
    }
}

struct Buyer {
    carts: Carts,
    till: Till,
    queue: Queue,
    progress: Arc<Progress>,
    unfinished_max: Option<u64>,
    sample: mpsc::UnboundedSender<(HeaderValue, String)>,
}

impl Worker for Buyer {
    async fn step(&mut self, tally: &mut Tally) -> ControlFlow<()> {
        if self.unfinished_max.is_some_and(|most| self.progress.unfinished() >= most) {
            tokio::time::sleep(LOOK / 4).await;
            return ControlFlow::Continue(());
        }
        let Some(token) = self.queue.take() else { return ControlFlow::Break(()) };
        tally.check(&self.carts.empty(&token).await);
        tally.check(&self.carts.add(&token).await);
        let answer = self.till.check_out(&token).await;
        if tally.measure(&answer) {
            let nth = self.progress.placed.fetch_add(1, Relaxed);
            if let (Ok(answer), true) = (&answer, nth.is_multiple_of(SAMPLE_EVERY)) {
                let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
                if let Some(id) = body["id"].as_str() {
                    // Read at the end of the scenario; the receiver lives until then.
                    let _ = self.sample.send((token.clone(), id.to_owned()));
                }
            }
        }
        self.queue.put(token);
        ControlFlow::Continue(())
    }
}

/// Places orders for a time, then waits until all have ended.
///
/// # Errors
///
/// When a worker dies or order's metrics can't be read.
pub async fn place(
    name: &'static str,
    customers: &Customers,
    products: &Products,
    lasts: Duration,
    unfinished_max: Option<u64>,
) -> Result<Orders> {
    let (clients, queue, progress) =
        (CLIENTS.min(customers.len()), Queue::of(customers), Arc::new(Progress::default()));
    let (sample, mut sampled) = mpsc::unbounded_channel();
    let buyer = |n: usize| Buyer {
        carts: Carts::new(products, 1000 + n as u64),
        till: Till::new(),
        queue: queue.clone(),
        progress: progress.clone(),
        unfinished_max,
        sample: sample.clone(),
    };
    let (before, watch) = (Ends::now().await?, cpu::Watch::start()?);
    let stages = stages::Watch::start().await?;
    let onlooker = tokio::spawn(look_on(progress.clone(), before));
    let (_, round) = load::round((0..clients).map(buyer).collect(), lasts).await?;
    let (usage, at_end) = (watch.stop()?, Ends::now().await?.since(before));
    let placed = progress.placed.load(Relaxed);
    let outbox_pending_at_end = openmetrics::outbox_pending().await?;
    onlooker.abort();

    let (drain_seconds, ends) = drain(placed, before).await?;
    let stages = stages.stop().await?;
    let whole = round.elapsed.as_secs_f64() + drain_seconds.unwrap_or(DRAIN_MAX.as_secs_f64());
    calm::wait().await?;
    sampled.close();
    let mut orders = Vec::new();
    while let Some(order) = sampled.recv().await {
        orders.push(order);
    }
    let history = history::placed_to_confirmed(&orders).await?;
    Ok(Orders {
        unfinished_max,
        load_seconds: round.elapsed.as_secs_f64(),
        placed,
        confirmed_per_second: at_end.confirmed as f64 / round.elapsed.as_secs_f64(),
        backlog_at_end: placed.saturating_sub(at_end.all()),
        backlog_highest: progress.backlog_highest.load(Relaxed),
        outbox_pending_at_end,
        drain_seconds,
        confirmed: ends.confirmed,
        refused: ends.refused,
        end_to_end_per_second: ends.confirmed as f64 / whole,
        stages,
        placed_to_confirmed_p50_ms: history.milliseconds_at(0.5),
        placed_to_confirmed_p99_ms: history.milliseconds_at(0.99),
        checkout: Measured::of(name, clients, &[round], usage),
    })
}

/// Keeps count of the orders that have ended, until aborted.
async fn look_on(progress: Arc<Progress>, before: Ends) {
    loop {
        // A look that fails is made up for by the next; the scenario's own looks report failures.
        if let Ok(ends) = Ends::now().await {
            progress.ended.store(ends.since(before).all(), Relaxed);
            progress.backlog_highest.fetch_max(progress.unfinished(), Relaxed);
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Waits until this many orders have ended.
async fn drain(placed: u64, before: Ends) -> Result<(Option<f64>, Ends)> {
    let started = Instant::now();
    loop {
        let ends = Ends::now().await?.since(before);
        let seconds = started.elapsed().as_secs_f64();
        if ends.all() >= placed {
            return Ok((Some(seconds), ends));
        }
        if started.elapsed() > DRAIN_MAX {
            return Ok((None, ends));
        }
        tokio::time::sleep(LOOK).await;
    }
}
