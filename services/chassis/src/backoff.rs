//! When something that failed is tried again: later each time, and not in step with others that failed at the same moment.

use std::time::Duration;

/// Delays that grow with each failure up to a longest one.
#[derive(Debug, Clone, Copy)]
pub struct Backoff {
    first: Duration,
    factor: u32,
    most: Duration,
}

impl Backoff {
    /// Each delay is twice the one before.
    pub const fn doubling(first: Duration, most: Duration) -> Self {
        Self { first, factor: 2, most }
    }

    /// Each delay is three times the one before.
    pub const fn tripling(first: Duration, most: Duration) -> Self {
        Self { first, factor: 3, most }
    }

    /// The delay after so many failures, 1 or more, as it would be for one alone: the longest that it can be.
    pub fn whole(&self, failures: impl Into<i64>) -> Duration {
        let grown = u32::try_from(failures.into().max(1) - 1).unwrap_or(u32::MAX);
        self.first.saturating_mul(self.factor.saturating_pow(grown)).min(self.most)
    }

    /// The delay after so many failures, 1 or more: [`Backoff::whole`], [`spread`].
    pub fn after(&self, failures: impl Into<i64>) -> Duration {
        spread(self.whole(failures))
    }
}

/// By chance from half of a delay to all of it ("equal jitter"; AWS Architecture Blog, "Exponential Backoff And Jitter"):
/// what failed together does not come back together.
pub fn spread(whole: Duration) -> Duration {
    rand::random_range(whole / 2..=whole)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn delays_lie_between_half_and_all_of_what_grows_to_the_most(
            first in 1_u64..100_000, times in 1_u64..10_000, failures: i64, tripling: bool,
        ) {
            let (first, most) = (Duration::from_millis(first), Duration::from_millis(first * times));
            let make = if tripling { Backoff::tripling } else { Backoff::doubling };
            let backoff = make(first, most);
            let whole = backoff.whole(failures);
            prop_assert!(first <= whole && whole <= most);
            prop_assert!(whole <= backoff.whole(failures.saturating_add(1)));
            let after = backoff.after(failures);
            prop_assert!(whole / 2 <= after && after <= whole, "{after:?} of {whole:?}");
        }
    }

    #[test]
    fn they_grow_by_their_factor() {
        let seconds = |backoff: Backoff| [1, 2, 3, 4, 99].map(|n| backoff.whole(n).as_secs());
        let most = Duration::from_secs(20);
        assert_eq!(seconds(Backoff::doubling(Duration::from_secs(1), most)), [1, 2, 4, 8, 20]);
        assert_eq!(seconds(Backoff::tripling(Duration::from_secs(1), most)), [1, 3, 9, 20, 20]);
    }

    #[test]
    fn what_failed_together_is_not_tried_together() {
        let delays: BTreeSet<Duration> = (0..100).map(|_| spread(Duration::from_secs(60))).collect();
        assert!(delays.len() > 50, "{} of 100 differ", delays.len());
        let between = delays.last().unwrap().saturating_sub(*delays.first().unwrap());
        assert!(between > Duration::from_secs(15), "they lie within {between:?}");
    }
}
