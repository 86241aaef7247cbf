//! Periodic work. Every replica runs its jobs: each claims rows with `FOR UPDATE SKIP LOCKED`, so none acts twice.

use std::{fmt, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::{
    sync::Notify,
    time::{Instant, sleep_until},
};
use tokio_util::sync::CancellationToken;

/// Time from one wake-up of a job to the next, at least: what comes in a stream is worked on together.
const PACE: Duration = Duration::from_millis(50);

type Work = Arc<dyn Fn() -> BoxFuture<'static, anyhow::Result<u64>> + Send + Sync>;

/// A job.
#[derive(Clone)]
pub struct Job {
    name: &'static str,
    every: Duration,
    work: Work,
    wake: Option<Arc<Notify>>,
}

impl Job {
    /// Work that is done at this pace; it returns how many rows it moved, and is called again at once while there are any.
    pub fn every<F>(name: &'static str, every: Duration, work: F) -> Self
    where
        F: Fn() -> BoxFuture<'static, anyhow::Result<u64>> + Send + Sync + 'static,
    {
        Self { name, every, work: Arc::new(work), wake: None }
    }

    /// Also works as soon as `wake` says so, such as after a commit that made work; the pace remains for what a crash left.
    #[must_use]
    pub fn woken_by(mut self, wake: Arc<Notify>) -> Self {
        self.wake = Some(wake);
        self
    }

    /// The job's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Does the work once; for tests and tools.
    ///
    /// # Errors
    ///
    /// As the work says.
    pub async fn once(&self) -> anyhow::Result<u64> {
        (self.work)().await
    }

    /// Works until `stop`. A failure is logged, and tried again at the next turn.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let next = Instant::now() + PACE;
            let moved = match self.once().await {
                Ok(moved) => moved,
                Err(error) => {
                    tracing::warn!(
                        job = self.name,
                        error = format!("{error:#}"),
                        "a job failed; it is tried again"
                    );
                    0
                }
            };
            if moved == 0 {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(self.every) => {}
                    () = woken(self.wake.as_deref(), next) => {}
                }
            }
        }
        Ok(())
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
