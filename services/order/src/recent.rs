//! What was read a moment ago: a checkout does not ask the store for what changes seldom.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

/// How long it is kept: after a change, other replicas go by the old for at most so long.
const KEPT: Duration = Duration::from_secs(5);

/// What was read, and when; none before the first time.
type Slot<T> = Option<(Instant, Arc<T>)>;

/// Something that is read again when it is older than that.
#[derive(Debug)]
pub struct Recent<T>(Arc<RwLock<Slot<T>>>);

impl<T> Clone for Recent<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<T> Recent<T> {
    /// As it is now, or was a moment ago; `read` is awaited when nobody has read it of late.
    ///
    /// # Errors
    ///
    /// Those of `read`.
    pub async fn get<E>(&self, read: impl Future<Output = Result<T, E>>) -> Result<Arc<T>, E> {
        if let Some((at, kept)) = &*self.0.read().unwrap_or_else(PoisonError::into_inner)
            && at.elapsed() < KEPT
        {
            return Ok(kept.clone());
        }
        let asked = Instant::now();
        let fresh = Arc::new(read.await?);
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Some((asked, fresh.clone()));
        Ok(fresh)
    }

    /// Forgets it: it changed.
    pub fn forget(&self) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
