//! Periodic work.

mod bootstrap;
mod resets;
mod sweep;

use warung_chassis::jobs::Job;

use crate::State;

/// Every job.
pub fn all(state: &State) -> Vec<Job> {
    vec![bootstrap::job(state.clone()), resets::job(state.clone()), sweep::job(state.clone())]
}
