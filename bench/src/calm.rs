//! Waiting until the services have done what they were given.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::cpu::Watch;

/// Cores that the services may keep busy and still count as idle: relays and consumers poll.
const IDLE_CORES: f64 = 0.08;
/// Over this long: the sandbox carrier rests up to two seconds between the moves of a parcel.
const LOOK: Duration = Duration::from_millis(2500);
/// Work that lasts longer is left to disturb what follows; the report shows it as backlog.
const WITHIN: Duration = Duration::from_secs(60);

/// Waits until the services and their stores are idle, for a minute at most; returns how long that took.
///
/// # Errors
///
/// When /proc can't be read.
pub async fn wait() -> Result<Duration> {
    let started = Instant::now();
    while started.elapsed() < WITHIN {
        let watch = Watch::start()?;
        tokio::time::sleep(LOOK).await;
        if watch.stop()?.of_services() < IDLE_CORES {
            break;
        }
    }
    Ok(started.elapsed())
}
