//! Waiting for a condition, with a bound.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// Between two looks at a condition.
const PAUSE: Duration = Duration::from_millis(50);

/// Looks until `ready` says `Ok(true)`, or `within` is over.
///
/// # Errors
///
/// The time is over (the message names `what`), or `ready` failed in a way that waiting can't mend.
pub fn until(what: &str, within: Duration, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !ready()? {
        if started.elapsed() > within {
            bail!("{what} was not ready within {} s", within.as_secs());
        }
        std::thread::sleep(PAUSE);
    }
    Ok(())
}
