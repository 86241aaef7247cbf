//! A shop seen from outside: what a customer's app and an administrator's tool send, over HTTP alone.
//!
//! Used by the demo, the tests on a whole node and the tests that kill services.

mod admin;
mod http;
mod shopper;

pub use admin::Admin;
pub use http::{Answer, Shop};
pub use shopper::{Shopper, address};

use std::time::{Duration, Instant};

/// Between two looks at a condition, at first and at most: what takes long is looked at more rarely, since looking is work for
/// those who are to bring it about.
const LOOKS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(1));

/// Waits for something to become true.
///
/// # Errors
///
/// When it has not after `within`; `what` says what was waited for.
pub async fn until<T, F>(what: &str, within: Duration, mut look: impl FnMut() -> F) -> anyhow::Result<T>
where
    F: Future<Output = anyhow::Result<Option<T>>>,
{
    let started = Instant::now();
    loop {
        let last = match look().await {
            Ok(Some(value)) => return Ok(value),
            Ok(None) => String::new(),
            Err(error) => format!("; last: {error:#}"),
        };
        if started.elapsed() > within {
            anyhow::bail!("{what} did not happen within {} s{last}", within.as_secs());
        }
        tokio::time::sleep((started.elapsed() / 8).clamp(LOOKS.0, LOOKS.1)).await;
    }
}
