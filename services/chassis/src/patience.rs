//! How long a service waits for what it needs before it gives up.

use std::time::Duration;

/// Bounds of waits for others, each within what is left for the request.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For the answer to one call of another service.
    pub call: Duration,
    /// For a connection of the pool to the database.
    pub connection: Duration,
    /// For Redis, to connect and to answer.
    pub redis: Duration,
}

impl Default for Patience {
    /// What customers wait for: who gets no answer by then is told to try again.
    fn default() -> Self {
        Self {
            call: Duration::from_secs(2),
            connection: Duration::from_secs(3),
            redis: Duration::from_secs(2),
        }
    }
}

#[cfg(feature = "testing")]
impl Patience {
    /// That of tests: a machine that stands still for some seconds is no service that is away.
    pub fn of_tests() -> Self {
        let long = Duration::from_secs(60);
        Self { call: long, connection: long, redis: long }
    }
}
