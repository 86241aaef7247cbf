//! A closed loop: each worker sends its next request when the one before is answered, until the time is over.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::task::JoinSet;

use crate::tally::Tally;

/// Steps of one worker in one round at most, whatever the time: a bound for memory, not for speed.
const STEPS_MAX: u64 = 10_000_000;

/// One of the clients that send at the same time.
pub trait Worker: Send + 'static {
    /// Sends one measured request, and what must come before it. Break: there is nothing left to do.
    fn step(&mut self, tally: &mut Tally) -> impl Future<Output = ControlFlow<()>> + Send;
}

/// What all workers did in one round.
#[derive(Debug)]
pub struct Round {
    pub tally: Tally,
    pub elapsed: Duration,
}

impl Round {
    /// Measured requests that succeeded, a second.
    pub fn rate(&self) -> f64 {
        self.tally.measured() as f64 / self.elapsed.as_secs_f64().max(f64::EPSILON)
    }
}

/// Runs workers side by side for a time; they come back with their connections open.
///
/// # Errors
///
/// When a worker panics.
pub async fn round<W: Worker>(workers: Vec<W>, lasts: Duration) -> Result<(Vec<W>, Round)> {
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for mut worker in workers {
        tasks.spawn(async move {
            let mut tally = Tally::new();
            for _ in 0..STEPS_MAX {
                if started.elapsed() >= lasts || worker.step(&mut tally).await.is_break() {
                    break;
                }
            }
            (worker, tally)
        });
    }
    let (mut workers, mut tally) = (Vec::new(), Tally::new());
    while let Some(ended) = tasks.join_next().await {
        let (worker, counts) = ended.context("a worker of the load failed")?;
        tally.add(&counts);
        workers.push(worker);
    }
    Ok((workers, Round { tally, elapsed: started.elapsed() }))
}
