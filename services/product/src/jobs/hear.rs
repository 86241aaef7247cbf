//! Hears which pages changed, on every replica: see [`crate::feed`].

use std::time::Duration;

use warung_chassis::jobs::Job;

use crate::{api::App, feed::Feed};

/// How often it listens: the longest that another replica's change stays unseen while the store answers.
const EVERY: Duration = Duration::from_millis(250);

/// The job.
pub fn job(app: App) -> Job {
    let feed = Feed::new(app.cache.clone());
    Job::every("hear_changes", EVERY, move || {
        let (app, feed) = (app.clone(), feed.clone());
        Box::pin(async move {
            feed.hear(app.db.pool()).await?;
            Ok(0)
        })
    })
}
