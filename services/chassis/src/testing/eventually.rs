//! Waiting for what happens by itself, on a machine as slow as it may be.

use std::time::Duration;

/// Nothing that is waited for takes longer, unless it never comes.
pub const WITHIN: Duration = Duration::from_secs(60);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks until there is something.
///
/// # Panics
///
/// When there is nothing after [`WITHIN`]; `what` says what was waited for.
pub async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let looking = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::time::timeout(WITHIN, looking).await.unwrap_or_else(|_| panic!("not within {WITHIN:?}: {what}"))
}
