//! Waiting until the services have done what they were given.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::cpu::Watch;

/// Cores that the services may keep busy and still count as idle: relays and consumers poll.
const IDLE_CORES: f64 = 0.08;
/// Over this long: the sandbox carrier rests up to two seconds between the moves of a parcel.
const LOOK: Duration = Duration::from_millis(2500);
/// Work that lasts longer is left to disturb what follows, and that is said.
const WITHIN: Duration = Duration::from_secs(60);

/// Waits until the services and their stores are idle, for a minute at most.
///
/// # Errors
///
/// When /proc can't be read.
pub async fn wait() -> Result<()> {
    let started = Instant::now();
    while started.elapsed() < WITHIN {
        let watch = Watch::start()?;
        tokio::time::sleep(LOOK).await;
        if watch.stop()?.of_services() < IDLE_CORES {
            return Ok(());
        }
    }
    let seconds = WITHIN.as_secs();
    eprintln!(
        "bench: the services are still at work after {seconds} s; what follows is measured beside that"
    );
    Ok(())
}
