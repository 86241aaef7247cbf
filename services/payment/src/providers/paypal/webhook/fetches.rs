//! Fetching what a webhook names before anybody knows who sent it: once for all who ask at the same time, few in a minute,
//! and never longer than a webhook may wait.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::{
    FutureExt as _,
    future::{BoxFuture, Shared},
};

use crate::providers::NoAnswer;

/// Addresses asked in a [`WINDOW`]; PayPal has a handful of certificates in a year.
const FETCHES_MAX: usize = 10;
/// What came of an address, good or bad, holds this long.
const WINDOW: Duration = Duration::from_secs(60);
/// How long a webhook waits; the fetch goes on, for the webhook's next try.
const PATIENCE: Duration = Duration::from_millis(800);

type Fetch<T> = Shared<BoxFuture<'static, Result<T, NoAnswer>>>;

/// Fetches of the last while, by address.
#[derive(Debug)]
pub struct Fetches<T>(Mutex<(Instant, BTreeMap<String, Fetch<T>>)>);

impl<T> Default for Fetches<T> {
    fn default() -> Self {
        Self(Mutex::new((Instant::now(), BTreeMap::new())))
    }
}

impl<T: Clone + Send + Sync + 'static> Fetches<T> {
    /// What is at an address, by this fetch or one like it.
    ///
    /// # Errors
    ///
    /// When it can't be fetched, takes too long, or too many addresses were asked of late.
    pub async fn get<F>(&self, url: &str, fetch: impl FnOnce() -> F) -> Result<T, NoAnswer>
    where
        F: Future<Output = Result<T, NoAnswer>> + Send + 'static,
    {
        let fetching = self.join(url, fetch)?;
        let late = |_| Err(NoAnswer::new("the certificate is on its way"));
        tokio::time::timeout(PATIENCE, fetching).await.unwrap_or_else(late)
    }

    fn join<F>(&self, url: &str, fetch: impl FnOnce() -> F) -> Result<Fetch<T>, NoAnswer>
    where
        F: Future<Output = Result<T, NoAnswer>> + Send + 'static,
    {
        let mut window = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if window.0.elapsed() > WINDOW {
            *window = (Instant::now(), BTreeMap::new());
        }
        if let Some(fetching) = window.1.get(url) {
            return Ok(fetching.clone());
        }
        if window.1.len() >= FETCHES_MAX {
            return Err(NoAnswer::new("too many certificates were asked for"));
        }
        // A task of its own, so that it ends whoever stops waiting.
        let task = tokio::spawn(fetch());
        let fetching = task.map(|done| done.unwrap_or_else(|_| Err(NoAnswer::new("the fetch was ended"))));
        let fetching = fetching.boxed().shared();
        window.1.insert(url.to_owned(), fetching.clone());
        Ok(fetching)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    };

    use super::*;

    /// Fetches that are counted, and take as long.
    fn counted(count: &Arc<AtomicUsize>, pause: Duration) -> BoxFuture<'static, Result<u8, NoAnswer>> {
        let count = count.clone();
        async move {
            count.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
            Ok(7)
        }
        .boxed()
    }

    #[tokio::test(start_paused = true)]
    async fn those_who_ask_at_once_share_a_fetch() {
        let (fetches, count) = (Fetches::default(), Arc::new(AtomicUsize::new(0)));
        let pause = Duration::from_millis(20);
        let asked = (0..20).map(|_| fetches.get("a", || counted(&count, pause)));
        assert!(futures::future::join_all(asked).await.iter().all(|got| *got == Ok(7)));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_webhook_does_not_wait_for_long_and_finds_it_at_its_next_try() {
        let (fetches, count) = (Fetches::default(), Arc::new(AtomicUsize::new(0)));
        let slow = PATIENCE + Duration::from_millis(200);
        let began = tokio::time::Instant::now();
        assert!(fetches.get("a", || counted(&count, slow)).await.is_err());
        assert_eq!(began.elapsed(), PATIENCE);
        assert_eq!(fetches.get("a", || counted(&count, slow)).await, Ok(7));
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }

    #[tokio::test]
    async fn strangers_make_us_ask_few_addresses_and_each_once() {
        let (fetches, count) = (Fetches::<u8>::default(), Arc::new(AtomicUsize::new(0)));
        for n in 0..3 * FETCHES_MAX {
            let fail = || {
                let count = count.clone();
                async move {
                    count.fetch_add(1, Ordering::Relaxed);
                    Err(NoAnswer::new("it is not there"))
                }
            };
            // Twice each: what failed is not asked for again at once.
            for _ in 0..2 {
                assert!(fetches.get(&n.to_string(), fail).await.is_err());
            }
        }
        assert_eq!(count.load(Ordering::Relaxed), FETCHES_MAX);
    }
}
