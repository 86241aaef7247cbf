//! How failures slow further tries down: a leaky bucket of failures with delays that double.
//!
//! ```text
//!   a failure at a time, `free` of them cost nothing, then:   1 s, 2 s, 4 s … `longest`
//!   every `leak` one failure is forgotten
//! ```
//!
//! What is counted apart from what decides whether one person can lock out another:
//!
//! | who tries | counted by | so that |
//! |---|---|---|
//! | a device that its owner has logged in with | that device and account | nobody else's failures stop the owner |
//! | from a network that its owner has logged in from | account and network | the same without a token, also beside strangers in one network |
//! | anybody else | also the network, and the account as a whole | guessing at many accounts, or from many networks at once, is slow |

use time::{Duration, OffsetDateTime};

/// How one kind of bucket slows down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Failures that cost nothing: people mistype.
    pub free: i32,
    /// The longest delay.
    pub longest: Duration,
    /// How often one failure is forgotten.
    pub leak: Duration,
}

/// Failures counted so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    pub failures: i32,
    /// Until when failures have leaked away.
    pub leaked_at: OffsetDateTime,
    /// Nothing is tried before.
    pub blocked_until: OffsetDateTime,
}

impl Bucket {
    /// No failure yet.
    pub fn empty(now: OffsetDateTime) -> Self {
        Self { failures: 0, leaked_at: now, blocked_until: now }
    }
}

impl Policy {
    /// Counts a try as a failure before it is made: of many at once no more pass than one after the other would. One
    /// that then succeeds is [forgiven](Self::forgive).
    ///
    /// # Errors
    ///
    /// How long to wait, when it is too early.
    pub fn admit(&self, bucket: Bucket, now: OffsetDateTime) -> Result<Bucket, Duration> {
        if now < bucket.blocked_until {
            return Err(bucket.blocked_until - now);
        }
        let leaked = self.leaked(bucket, now);
        let failures = leaked.failures.saturating_add(1);
        Ok(Bucket { failures, blocked_until: now + self.delay(failures), ..leaked })
    }

    /// Takes one failure back, and the delay it caused.
    pub fn forgive(&self, bucket: Bucket, now: OffsetDateTime) -> Bucket {
        let failures = (bucket.failures - 1).max(0);
        Bucket { failures, blocked_until: bucket.blocked_until.min(now), ..bucket }
    }

    /// What is left when it has leaked until now.
    fn leaked(&self, bucket: Bucket, now: OffsetDateTime) -> Bucket {
        let passed = (now - bucket.leaked_at).whole_seconds().max(0);
        let gone = i32::try_from(passed / self.leak.whole_seconds().max(1)).unwrap_or(i32::MAX);
        if gone >= bucket.failures {
            return Bucket { failures: 0, leaked_at: now, ..bucket };
        }
        Bucket { failures: bucket.failures - gone, leaked_at: bucket.leaked_at + self.leak * gone, ..bucket }
    }

    /// The delay after this many failures.
    fn delay(&self, failures: i32) -> Duration {
        match u32::try_from(failures - self.free) {
            Err(_) | Ok(0) => Duration::ZERO,
            Ok(beyond) => Duration::seconds(1_i64 << (beyond - 1).min(30)).min(self.longest),
        }
    }
}

/// What a bucket counts for, in the order in which several are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// An account, by whoever tries from nowhere known.
    Account,
    /// A known device of an account.
    Device,
    /// A network, whatever account is tried.
    Network,
    /// A network at an account.
    NetworkAccount,
}

impl Scope {
    /// How it slows down. NIST SP 800-63B, section 5.2.2, allows 100 failures in a row at an account: with these a
    /// patient stranger gets some 100 guesses a day at one, from however many networks.
    pub fn policy(self) -> Policy {
        let quarter = Duration::minutes(15);
        match self {
            Self::Account => Policy { free: 20, longest: quarter, leak: quarter },
            Self::Device => Policy { free: 10, longest: quarter, leak: quarter },
            // Many people may share a network: a school, a mobile provider.
            Self::Network => Policy { free: 100, longest: quarter, leak: Duration::seconds(10) },
            Self::NetworkAccount => Policy { free: 5, longest: quarter, leak: quarter },
        }
    }

    /// Whether a success shows that the failures were its owner's own.
    pub fn is_the_owners(self) -> bool {
        matches!(self, Self::Device | Self::NetworkAccount)
    }

    /// The first part of its keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Device => "device",
            Self::Network => "network",
            Self::NetworkAccount => "network_account",
        }
    }
}

/// How well who tries is known at the account they try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Familiarity {
    /// By a device token.
    Device,
    /// By the network.
    Network,
    Stranger,
}

impl Familiarity {
    /// What a try counts for.
    pub fn scopes(self) -> &'static [Scope] {
        match self {
            Self::Device => &[Scope::Device],
            Self::Network => &[Scope::NetworkAccount],
            Self::Stranger => &[Scope::Account, Scope::Network, Scope::NetworkAccount],
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const POLICY: Policy = Policy { free: 3, longest: Duration::seconds(60), leak: Duration::seconds(100) };

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    #[test]
    fn delays_double_after_the_free_failures_up_to_the_longest() {
        let (mut bucket, mut now, mut waited) = (Bucket::empty(at(0)), 0, Vec::new());
        for _ in 0..12 {
            bucket = POLICY.admit(bucket, at(now)).unwrap();
            let wait = (bucket.blocked_until - at(now)).whole_seconds();
            assert_eq!(POLICY.admit(bucket, at(now)).is_err(), wait > 0);
            waited.push(wait);
            now += wait;
        }
        assert_eq!(waited, [0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn failures_are_forgotten_one_by_one() {
        let full = Bucket { failures: 5, leaked_at: at(0), blocked_until: at(0) };
        assert_eq!(POLICY.admit(full, at(250)).unwrap().failures, 4);
        assert_eq!(POLICY.admit(full, at(250)).unwrap().leaked_at, at(200), "half a failure is not lost");
        assert_eq!(POLICY.admit(full, at(10_000)).unwrap().failures, 1);
    }

    #[test]
    fn a_success_leaves_no_trace_of_itself() {
        let before = Bucket { failures: 5, leaked_at: at(0), blocked_until: at(0) };
        let after = POLICY.forgive(POLICY.admit(before, at(1)).unwrap(), at(1));
        assert_eq!((after.failures, after.blocked_until <= at(1)), (5, true));
    }

    #[test]
    fn a_known_device_shares_no_bucket_with_strangers() {
        let strangers = Familiarity::Stranger.scopes();
        assert!(Familiarity::Device.scopes().iter().all(|scope| !strangers.contains(scope)));
        assert_eq!(Familiarity::Network.scopes(), [Scope::NetworkAccount], "whoever else is there");
        assert!(strangers.is_sorted(), "several are locked in one order");
    }

    proptest! {
        /// However tries are spread over time, those that pass stay below what the policy promises.
        #[test]
        fn no_pattern_of_tries_beats_the_policy(gaps in proptest::collection::vec(0_i64..120, 1..300)) {
            let (mut bucket, mut now, mut passed) = (Bucket::empty(at(0)), 0, 0);
            for gap in gaps {
                now += gap;
                if let Ok(next) = POLICY.admit(bucket, at(now)) {
                    bucket = next;
                    passed += 1;
                }
            }
            // The free ones, one for each delay on the way up, one for each longest delay, one for each that leaked.
            let bound = i64::from(POLICY.free) + 7 + now / 60 + now / 100;
            prop_assert!(passed <= bound, "{passed} passed in {now} s, {bound} promised");
        }
    }
}
