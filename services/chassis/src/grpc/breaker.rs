//! A circuit breaker: after some failures in a row nobody asks for a while, then one asks and the others wait for what
//! comes of it. A peer that is away costs its callers nothing then, and is not pressed while it comes back.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::backoff::Backoff;

/// Failures in a row that open the breaker.
const FAILURES_MAX: u32 = 5;
/// How long nobody asks: it grows with each trial that fails. Callers that lost the peer together don't try it together.
const PAUSE: Backoff = Backoff::doubling(Duration::from_millis(250), Duration::from_secs(5));
/// When the one who tries is given up, so that the next may.
const TRIAL: Duration = Duration::from_secs(2);

/// The breaker of one peer.
#[derive(Debug)]
pub struct Breaker(Mutex<State>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed { failures: u32 },
    Open { since: Instant, until: Instant, trials: u32 },
}

impl Default for Breaker {
    fn default() -> Self {
        Self(Mutex::new(State::Closed { failures: 0 }))
    }
}

impl Breaker {
    /// Whether a call may be made.
    pub fn admits(&self, now: Instant) -> bool {
        match &mut *self.state() {
            State::Closed { .. } => true,
            State::Open { until, .. } if now < *until => false,
            State::Open { until, .. } => {
                *until = now + TRIAL;
                true
            }
        }
    }

    /// The peer answered.
    pub fn succeeded(&self) {
        *self.state() = State::Closed { failures: 0 };
    }

    /// A call that was begun at `started` brought no answer. Says whether this opened the breaker.
    pub fn failed(&self, started: Instant, now: Instant) -> bool {
        let mut state = self.state();
        let next = match *state {
            State::Closed { failures } if failures + 1 < FAILURES_MAX => {
                State::Closed { failures: failures + 1 }
            }
            State::Closed { .. } => State::Open { since: now, until: now + PAUSE.after(1), trials: 1 },
            // Begun before it opened: that is known.
            State::Open { since, .. } if started < since => *state,
            State::Open { trials, .. } => {
                let trials = trials.saturating_add(1);
                State::Open { since: now, until: now + PAUSE.after(trials), trials }
            }
        };
        let opened = matches!((*state, next), (State::Closed { .. }, State::Open { .. }));
        *state = next;
        opened
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn opened_at(now: Instant) -> Breaker {
        let breaker = Breaker::default();
        for nth in 1..=FAILURES_MAX {
            assert!(breaker.admits(now));
            assert_eq!(breaker.failed(now, now), nth == FAILURES_MAX);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_between_them_does_not() {
        let now = Instant::now();
        let breaker = Breaker::default();
        for _ in 0..10 {
            (1..FAILURES_MAX).for_each(|_| assert!(!breaker.failed(now, now)));
            breaker.succeeded();
        }
        assert!(breaker.admits(now));
        assert!(!opened_at(now).admits(now + PAUSE.whole(1) / 2 - ms(1)));
    }

    #[test]
    fn one_tries_after_the_pause_and_its_answer_lets_all_in() {
        let now = Instant::now();
        let breaker = opened_at(now);
        let later = now + PAUSE.whole(1);
        assert!(breaker.admits(later));
        assert!(!breaker.admits(later), "one is enough");
        breaker.succeeded();
        assert!(breaker.admits(later) && breaker.admits(later));
    }

    #[test]
    fn pauses_grow_with_trials_that_fail_and_with_nothing_else() {
        let mut now = Instant::now();
        let breaker = opened_at(now);
        // Calls under way when it opened.
        breaker.failed(now - ms(100), now + ms(1));
        for pause in [250, 500, 1000, 2000, 4000, 5000, 5000] {
            assert!(!breaker.admits(now + ms(pause / 2 - 1)), "{pause}");
            now += ms(pause);
            assert!(breaker.admits(now), "{pause}");
            breaker.failed(now, now);
        }
    }

    #[test]
    fn a_trial_that_nobody_heard_of_again_is_not_the_last() {
        let now = Instant::now();
        let breaker = opened_at(now);
        let later = now + PAUSE.whole(1);
        assert!(breaker.admits(later));
        assert!(breaker.admits(later + TRIAL));
    }
}
