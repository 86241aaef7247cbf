//! The time at a company: the machine's, moved ahead where a test wants, or standing still.

use std::sync::{Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// A clock.
#[derive(Debug)]
pub struct Clock(Mutex<State>);

#[derive(Debug, Clone, Copy)]
struct State {
    /// Where it stands, unless it runs.
    stopped_at: Option<OffsetDateTime>,
    /// How far a running one is ahead of the machine's.
    ahead: Duration,
}

impl Clock {
    /// A clock that runs, or that stands here until it is moved.
    #[must_use]
    pub fn new(stopped_at: Option<OffsetDateTime>) -> Self {
        Self(Mutex::new(State { stopped_at, ahead: Duration::ZERO }))
    }

    /// The time now, in UTC.
    pub fn now(&self) -> OffsetDateTime {
        let State { stopped_at, ahead } = *self.lock();
        stopped_at.unwrap_or_else(|| OffsetDateTime::now_utc() + ahead)
    }

    /// Moves it.
    pub fn advance(&self, by: Duration) {
        let mut state = self.lock();
        match &mut state.stopped_at {
            Some(at) => *at += by,
            None => state.ahead += by,
        }
    }

    /// Stops it at this time.
    pub fn stop_at(&self, at: OffsetDateTime) {
        self.lock().stopped_at = Some(at);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere leaves a time behind that is as good as any.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stopped_clock_moves_when_it_is_told() {
        let clock = Clock::new(Some(OffsetDateTime::UNIX_EPOCH));
        assert_eq!(clock.now(), clock.now());
        clock.advance(Duration::hours(1));
        assert_eq!(clock.now().unix_timestamp(), 3600);
    }

    #[test]
    fn a_running_clock_is_ahead_by_what_it_was_moved() {
        let clock = Clock::new(None);
        clock.advance(Duration::days(1));
        let ahead = clock.now() - OffsetDateTime::now_utc();
        assert!(ahead > Duration::hours(23) && ahead <= Duration::days(1), "{ahead}");
    }
}
