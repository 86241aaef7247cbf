//! Time and ids, injected, so that tests can set them.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::{Duration, OffsetDateTime};
use uuid::{ContextV7, Timestamp, Uuid};

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    System,
    /// The time, and what keeps ids of one moment in the order they were made in, as the machine's are.
    Set(Mutex<OffsetDateTime>, Mutex<ContextV7>),
}

/// What a mutex holds, also after a panic of whoever held it: it is whole at any time.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// A clock that stands still until it is moved.
    pub fn set(at: OffsetDateTime) -> Self {
        Self(Arc::new(Source::Set(Mutex::new(at), Mutex::new(ContextV7::new()))))
    }

    /// The time in UTC, in whole microseconds, which is what PostgreSQL keeps.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> OffsetDateTime {
        let now = match &*self.0 {
            Source::System => OffsetDateTime::now_utc(),
            Source::Set(at, _) => *held(at),
        };
        now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
    }

    /// Moves a set clock; the system's goes on by itself.
    pub fn advance(&self, by: Duration) {
        if let Source::Set(at, _) = &*self.0 {
            *held(at) += by;
        }
    }

    /// A new UUIDv7 (RFC 9562): unique, and greater than all that this clock made before in this process.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn new_uuid(&self) -> Uuid {
        match &*self.0 {
            Source::System => Uuid::now_v7(),
            Source::Set(_, made) => {
                let now = self.now();
                let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
                Uuid::new_v7(Timestamp::from_unix(&*held(made), seconds, now.nanosecond()))
            }
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_they_were_made_in_also_while_the_clock_stands_still() {
        for clock in [Clock::system(), Clock::set(OffsetDateTime::UNIX_EPOCH + Duration::days(20_000))] {
            let made: Vec<Uuid> = (0..1000).map(|_| clock.new_uuid()).collect();
            assert!(made.is_sorted(), "{clock:?}");
        }
    }
}
