//! Periodic work. Every replica runs its jobs: each claims rows with `FOR UPDATE SKIP LOCKED`, so none acts twice.

mod each;
mod pool;

use std::{fmt, pin::pin, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use prometheus_client::metrics::counter::Counter;
use tokio::{
    sync::Notify,
    task::{JoinError, JoinSet},
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

pub use self::each::all_due;
use self::pool::{Fill, Filled, Lanes, Share};
pub use self::pool::{Pool, Room};

/// Time from one wake-up of a job to the next, at least: what comes in a stream is worked on together.
const PACE: Duration = Duration::from_millis(50);

#[derive(Clone)]
enum Work {
    Turns(Arc<dyn Fn() -> BoxFuture<'static, anyhow::Result<u64>> + Send + Sync>),
    Pool(Arc<dyn Fill>),
}

/// A job.
#[derive(Clone)]
pub struct Job {
    name: &'static str,
    every: Duration,
    work: Work,
    wake: Option<Arc<Notify>>,
    failures: Counter,
}

impl Job {
    /// Work that is done at this pace; it returns how many rows it moved, and is called again at once while there are any.
    pub fn every<F>(name: &'static str, every: Duration, work: F) -> Self
    where
        F: Fn() -> BoxFuture<'static, anyhow::Result<u64>> + Send + Sync + 'static,
    {
        Self { name, every, work: Work::Turns(Arc::new(work)), wake: None, failures: Counter::default() }
    }

    /// Work on rows that are claimed as there is room for them, each by itself; claims are also made at this pace.
    pub fn pool(name: &'static str, every: Duration, pool: impl Pool) -> Self {
        let work = Work::Pool(Arc::new(Lanes::new(pool)));
        Self { name, every, work, wake: None, failures: Counter::default() }
    }

    /// Also works as soon as `wake` says so, such as after a commit that made work; the pace remains for what a crash left.
    #[must_use]
    pub fn woken_by(mut self, wake: Arc<Notify>) -> Self {
        self.wake = Some(wake);
        self
    }

    /// Counts its failures here.
    #[must_use]
    pub fn counting(mut self, failures: Counter) -> Self {
        self.failures = failures;
        self
    }

    /// The job's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Does the work once; for tests and tools. Of a pool: what there is room for.
    ///
    /// # Errors
    ///
    /// As the work says.
    pub async fn once(&self) -> anyhow::Result<u64> {
        match &self.work {
            Work::Turns(work) => work().await,
            Work::Pool(pool) => pool::once(pool.clone()).await,
        }
    }

    /// Works until `stop`. A failure is logged, and tried again at the next turn. What a pool has under way then is finished.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        match self.work.clone() {
            Work::Turns(_) => self.turns(&stop).await,
            Work::Pool(pool) => self.fill(&pool, &stop).await,
        }
        Ok(())
    }

    async fn turns(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let next = Instant::now() + PACE;
            let moved = self.once().await.unwrap_or_else(|error| {
                self.failed(&error);
                0
            });
            if moved == 0 {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(self.every) => {}
                    () = woken(self.wake.as_deref(), next) => {}
                }
            }
        }
    }

    async fn fill(&self, pool: &Arc<dyn Fill>, stop: &CancellationToken) {
        let mut under_way = JoinSet::new();
        while !stop.is_cancelled() {
            let next = Instant::now() + PACE;
            let Filled { more, .. } = pool.clone().fill(&mut under_way).await.unwrap_or_else(|error| {
                self.failed(&error);
                Filled::default()
            });
            // Where more may wait it is claimed once half a lane is free, or some of it and a moment passed: never a row
            // at a time, as long as they come fast.
            let (late, mut woken) = (Instant::now() + self.every, pin!(woken(self.wake.as_deref(), next)));
            while !pool.has_room(&more, Share::Half) {
                let done = tokio::select! {
                    () = stop.cancelled() => break,
                    () = sleep_until(late) => break,
                    () = &mut woken => break,
                    () = sleep_until(next), if pool.has_room(&more, Share::Any) => break,
                    done = under_way.join_next(), if !more.is_empty() && !under_way.is_empty() => done,
                };
                done.into_iter().for_each(|done| self.done(done));
            }
            while let Some(done) = under_way.try_join_next() {
                self.done(done);
            }
        }
        while let Some(done) = under_way.join_next().await {
            self.done(done);
        }
    }

    /// One row of a pool: what failed of it is tried again when its claim has run out.
    fn done(&self, done: Result<anyhow::Result<()>, JoinError>) {
        match done {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.failed(&error),
            Err(error) => {
                self.failures.inc();
                tracing::error!(job = self.name, %error, "work on a row broke off");
            }
        }
    }

    fn failed(&self, error: &anyhow::Error) {
        self.failures.inc();
        let error = format!("{error:#}");
        tracing::warn!(job = self.name, error, "a job failed; it is tried again");
    }
}

async fn woken(wake: Option<&Notify>, not_before: Instant) {
    match wake {
        Some(wake) => wake.notified().await,
        None => std::future::pending().await,
    }
    sleep_until(not_before).await;
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Job({} every {:?})", self.name, self.every)
    }
}
