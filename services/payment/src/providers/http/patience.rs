//! A provider that says "later" is left alone until then, by every call.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::providers::NoAnswer;

/// How long we wait at most because a provider says so.
pub const LONGEST: Duration = Duration::from_secs(300);
/// How long we wait when it says nothing about it.
pub const UNSAID: Duration = Duration::from_secs(2);

/// Until when a provider wants no calls.
#[derive(Debug, Default)]
pub struct Patience(Mutex<Option<Instant>>);

impl Patience {
    /// Notes that no call is wanted for so long.
    pub fn wait(&self, pause: Duration) {
        let until = Instant::now() + pause.min(LONGEST);
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *noted = Some(noted.map_or(until, |before| before.max(until)));
    }

    /// Whether a call may be made now.
    ///
    /// # Errors
    ///
    /// No answer before the time the provider named.
    pub fn check(&self) -> Result<(), NoAnswer> {
        let noted = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match noted.map(|until| until.saturating_duration_since(Instant::now())) {
            Some(left) if !left.is_zero() => {
                Err(NoAnswer { why: "it wants fewer calls for a while".to_owned(), after: Some(left) })
            }
            _ => Ok(()),
        }
    }
}
