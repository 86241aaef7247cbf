//! Periodic work of payment.

mod call;
mod calls;
mod expiry;
mod housekeeping;
mod reconcile;
mod webhooks;

pub use self::reconcile::Rhythm;

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;
use warung_chassis::{backoff::Backoff, db::Db, jobs::Job};

use crate::{commands::Tools, providers::Providers};

/// What the jobs need.
#[derive(Debug, Clone)]
pub struct Shared {
    pub db: Db,
    pub tools: Tools,
    pub providers: Providers,
    /// Wakes the job that works on webhooks.
    pub webhooks: Arc<Notify>,
    /// How often and how far back payments are compared.
    pub rhythm: Rhythm,
    /// How long the bodies of webhooks are kept after they were worked on.
    pub keep_webhooks: time::Duration,
}

/// All of them.
pub fn all(shared: &Shared) -> Vec<Job> {
    vec![
        calls::job(shared.clone()),
        calls::recovery(shared.clone()),
        webhooks::job(shared.clone()),
        expiry::job(shared.clone()),
        reconcile::job(shared.clone()),
        housekeeping::job(shared.clone()),
    ]
}

/// After tries that brought no answer.
const AGAIN: Backoff = Backoff::doubling(Duration::from_secs(1), Duration::from_secs(300));

#[cfg(test)]
mod tests {
    #[test]
    fn delays_grow_to_five_minutes() {
        let delays: Vec<u64> = (1..=11).map(|tries| super::AGAIN.whole(tries).as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }
}
