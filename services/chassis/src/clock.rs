//! Time and ids, injected, so that tests can set them.

use std::{
    fmt,
    sync::{Arc, Mutex},
};

use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Where the time comes from.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

enum Source {
    System,
    Set(Mutex<OffsetDateTime>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// A clock that stands still until it is moved.
    pub fn set(at: OffsetDateTime) -> Self {
        Self(Arc::new(Source::Set(Mutex::new(at))))
    }

    /// The time in UTC, in whole microseconds, which is what PostgreSQL keeps.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn now(&self) -> OffsetDateTime {
        let now = match &*self.0 {
            Source::System => OffsetDateTime::now_utc(),
            Source::Set(at) => *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        };
        now.replace_nanosecond(now.nanosecond() / 1000 * 1000).unwrap_or(now)
    }

    /// Moves a set clock; the system's goes on by itself.
    pub fn advance(&self, by: Duration) {
        if let Source::Set(at) = &*self.0 {
            *at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += by;
        }
    }

    /// A new UUIDv7 (RFC 9562): sorted by time, unique.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine")]
    pub fn new_uuid(&self) -> Uuid {
        match &*self.0 {
            Source::System => Uuid::now_v7(),
            Source::Set(_) => {
                let now = self.now();
                let seconds = u64::try_from(now.unix_timestamp()).unwrap_or_default();
                Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, now.nanosecond()))
            }
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}
