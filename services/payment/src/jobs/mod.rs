//! Periodic work of payment.

mod call;
mod calls;
mod expiry;
mod housekeeping;
mod reconcile;
mod webhooks;

pub use self::reconcile::Rhythm;

use std::sync::Arc;

use tokio::sync::Notify;
use warung_chassis::{db::Db, jobs::Job};

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

/// Delay after this many tries that brought no answer: 1, 2, 4 … 300 s.
fn backoff(tries: i32) -> time::Duration {
    let doublings = u32::try_from(tries.clamp(1, 10) - 1).unwrap_or(0);
    time::Duration::seconds((1_i64 << doublings).min(300))
}

#[cfg(test)]
mod tests {
    #[test]
    fn delays_grow_to_five_minutes() {
        let delays: Vec<i64> = (1..=11).map(|tries| super::backoff(tries).whole_seconds()).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    }
}
