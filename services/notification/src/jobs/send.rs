//! Sends what is due.
//!
//! Claim (a short transaction), send (no transaction), record. A crash between sending and recording sends the message
//! again after the claim has ended, with the same Message-ID: SMTP offers no more.

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use tokio::sync::Notify;
use warung_chassis::{db::Db, jobs::Job};
use warung_contracts::id::NotificationId;

use crate::{
    domain::retry,
    mailer::{Delivery, Mail, Mailer},
    metrics::Metrics,
    store::{
        self,
        notifications::{Claimed, Outcome},
    },
};

/// How often due messages are looked for without a wake-up.
const EVERY: Duration = Duration::from_secs(2);
/// Messages of a batch.
const BATCH: i64 = 32;
/// Messages under way at once.
const IN_FLIGHT: usize = 4;
/// How long a claim lasts: a batch at four at once and 30 s a message takes 4 min at worst.
const LEASE: time::Duration = time::Duration::minutes(5);

/// What the job works with.
pub struct Sender {
    pub db: Db,
    pub mailer: Mailer,
    pub metrics: Metrics,
}

/// The job; also woken by commits that wrote a message.
pub fn job(sender: Sender, wake: Arc<Notify>) -> Job {
    let sender = Arc::new(sender);
    let job = Job::every("send_notifications", EVERY, move || {
        let sender = sender.clone();
        Box::pin(async move { sender.batch().await })
    });
    job.woken_by(wake)
}

impl Sender {
    async fn batch(&self) -> anyhow::Result<u64> {
        let now = self.db.clock().now();
        let claimed = store::notifications::claim(self.db.pool(), now, LEASE, BATCH).await?;
        let count = claimed.len();
        let sending = stream::iter(claimed).map(|claimed| self.send(claimed)).buffer_unordered(IN_FLIGHT);
        let results: Vec<Result<(), sqlx::Error>> = sending.collect().await;
        results.into_iter().collect::<Result<(), _>>()?;
        Ok(u64::try_from(count)?)
    }

    async fn send(&self, claimed: Claimed) -> Result<(), sqlx::Error> {
        let id = NotificationId(claimed.notification_id);
        let mail = Mail {
            id,
            to_name: claimed.name.clone(),
            to: claimed.recipient.clone(),
            subject: claimed.subject.clone(),
            body: claimed.body.clone(),
        };
        let delivery = self.mailer.send(&mail).await;
        let now = self.db.clock().now();
        let (label, outcome) = match delivery {
            Delivery::Sent => ("sent", Outcome::Sent),
            Delivery::Skipped => ("skipped", Outcome::Skipped),
            Delivery::Refused(error) => ("failed", Outcome::Failed(error)),
            Delivery::Later(error) => match retry::delay(claimed.attempts) {
                Some(delay) => ("retry", Outcome::Retry(error, now + delay)),
                None => ("failed", Outcome::Failed(error)),
            },
        };
        if let Outcome::Failed(error) | Outcome::Retry(error, _) = &outcome {
            tracing::warn!(notification_id = %id, attempts = claimed.attempts, outcome = label, error, "an email was not taken");
        }
        store::notifications::record(self.db.pool(), &claimed, outcome, now).await?;
        self.metrics.count(label);
        Ok(())
    }
}
