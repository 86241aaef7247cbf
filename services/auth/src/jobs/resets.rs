//! Answers forgotten passwords, away from who asked.

use std::time::Duration;

use warung_chassis::jobs::Job;

use crate::{State, commands::answer_reset};

/// For what a crash left; else it is woken.
const EVERY: Duration = Duration::from_secs(10);

/// The job.
pub fn job(state: State) -> Job {
    let wake = state.resets.clone();
    Job::every("answer_resets", EVERY, move || {
        let state = state.clone();
        Box::pin(async move {
            let mut tx = state.db.begin().await?;
            let answered = answer_reset::run(&mut tx, &state.vault).await?;
            tx.commit().await?;
            Ok(u64::from(answered))
        })
    })
    .woken_by(wake)
}
