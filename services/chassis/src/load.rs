//! Load shedding: as many requests under way as can be finished within a second at the present pace, a short wait for the
//! next ones, and a refusal for the rest. So a service that is asked for more than it can do stays quick for those it takes.
//!
//! By Little's law, requests under way = pace × time in the service. The pace is measured, the time is chosen; nobody
//! has to know beforehand how much a machine can do or how costly a request is.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

/// Time that requests may spend in the service, for those under way when it is busy.
const TIME_AIMED_AT: Duration = Duration::from_secs(1);
/// Requests under way at most, however slow and however fast they are.
const LIMIT_MIN: usize = 32;
const LIMIT_MAX: usize = 1024;
/// How long a request waits for its turn before it is refused.
const WAIT_MAX: Duration = Duration::from_millis(250);
/// Over which the pace is measured.
const WINDOW: Duration = Duration::from_millis(250);

/// Who may come in.
#[derive(Debug)]
pub struct Gate {
    permits: Semaphore,
    limit: AtomicUsize,
    finished: AtomicU32,
    window_began: Mutex<Instant>,
}

/// A request under way.
#[derive(Debug)]
pub struct Pass<'g> {
    gate: &'g Gate,
    permit: Option<SemaphorePermit<'g>>,
}

impl Gate {
    /// A gate that has seen nothing yet.
    pub fn new() -> Self {
        Self {
            permits: Semaphore::new(LIMIT_MIN),
            limit: AtomicUsize::new(LIMIT_MIN),
            finished: AtomicU32::new(0),
            window_began: Mutex::new(Instant::now()),
        }
    }

    /// Waits for a turn; none when it does not come soon enough.
    pub async fn enter(&self) -> Option<Pass<'_>> {
        let permit = match self.permits.try_acquire() {
            Ok(permit) => permit,
            Err(_) => timeout(WAIT_MAX, self.permits.acquire()).await.ok()?.ok()?,
        };
        Some(Pass { gate: self, permit: Some(permit) })
    }

    /// One is finished. The first in a new window sets the limit by the window before.
    fn leave(&self, permit: SemaphorePermit<'_>) {
        self.finished.fetch_add(1, Relaxed);
        let now = Instant::now();
        let Ok(mut began) = self.window_began.try_lock().map_err(drop) else { return };
        let lasted = now.saturating_duration_since(*began);
        if lasted >= WINDOW {
            *began = now;
            let next = limit(self.limit.load(Relaxed), self.finished.swap(0, Relaxed), lasted);
            let before = self.limit.swap(next, Relaxed);
            if next >= before {
                self.permits.add_permits(next - before);
            } else {
                // Those in use are missed when they come back.
                let taken = self.permits.forget_permits(before - next);
                self.limit.store(before - taken, Relaxed);
            }
        }
        drop(permit);
    }
}

/// The limit after a window in which so many requests were finished. It falls slowly: a pace is low, too, when little is
/// asked.
#[expect(clippy::float_arithmetic, reason = "a pace is a measurement, not an amount")]
fn limit(before: usize, finished: u32, lasted: Duration) -> usize {
    let pace = f64::from(finished) / lasted.as_secs_f64().max(f64::EPSILON);
    let possible = (pace * TIME_AIMED_AT.as_secs_f64()).ceil();
    // In range of both types: a pace is finite and not negative.
    let possible = if possible < LIMIT_MAX as f64 { possible as usize } else { LIMIT_MAX };
    possible.max(before - before / 8).clamp(LIMIT_MIN, LIMIT_MAX)
}

impl Default for Gate {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if let Some(permit) = self.permit.take() {
            self.gate.leave(permit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_what_a_second_finishes() {
        let second = Duration::from_secs(1);
        assert_eq!(limit(LIMIT_MIN, 300, second), 300);
        assert_eq!(limit(LIMIT_MIN, 75, second / 4), 300);
        assert_eq!(limit(LIMIT_MIN, 3, second), LIMIT_MIN);
        assert_eq!(limit(LIMIT_MIN, 1_000_000, second), LIMIT_MAX);
        assert_eq!(limit(800, 0, second), 700, "it falls by an eighth");
    }

    /// A service that does 200 requests a second, one after the other, and is asked by 400 clients at once.
    async fn rush(gate: Option<&Gate>) -> (usize, Duration) {
        let worker = tokio::sync::Mutex::new(());
        let began = Instant::now();
        let answers = futures::future::join_all((0..400).map(|_| async {
            let _pass = match gate {
                Some(gate) => Some(gate.enter().await?),
                None => None,
            };
            let _turn = worker.lock().await;
            tokio::time::sleep(Duration::from_millis(4)).await;
            Some(began.elapsed())
        }))
        .await;
        let served: Vec<Duration> = answers.into_iter().flatten().collect();
        (served.len(), served.into_iter().max().unwrap_or_default())
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_are_let_in_are_served_soon_and_the_others_are_told_at_once() {
        let (all, slowest_of_all) = rush(None).await;
        let (served, slowest) = rush(Some(&Gate::new())).await;
        assert_eq!(all, 400, "without a gate everybody waits");
        assert!((LIMIT_MIN..400).contains(&served), "{served}");
        assert!(slowest < slowest_of_all, "{slowest:?} with a gate, {slowest_of_all:?} without");
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_is_quick_turns_nobody_away() {
        let gate = Gate::new();
        let served = futures::future::join_all((0..1000).map(|n| {
            let gate = &gate;
            async move {
                tokio::time::sleep(Duration::from_millis(n / 4)).await;
                let _pass = gate.enter().await?;
                tokio::time::sleep(Duration::from_millis(5)).await;
                Some(())
            }
        }))
        .await;
        assert_eq!(served.into_iter().flatten().count(), 1000);
    }
}
