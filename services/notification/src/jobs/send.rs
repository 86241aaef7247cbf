//! Sends what is due.
//!
//! Claim (a short transaction), send (no transaction), record. What a crash between sending and recording does:
//!
//! | channel | then | because |
//! |---|---|---|
//! | email | sent again, with the same Message-ID | SMTP offers no more; a receiver can tell the copy |
//! | push | sent again to devices that have not noted it, under the same key | a device shows one message a key |
//! | sms | not sent again, marked as failed | the provider can't tell a copy, nor can the reader |

use std::{sync::Arc, time::Duration};

use futures::{StreamExt as _, stream};
use tokio::sync::Notify;
use warung_chassis::jobs::Job;
use warung_contracts::id::NotificationId;

pub use super::hand_over::Providers;
use super::retry;
use crate::{
    channels::Delivery,
    metrics::Metrics,
    store::{
        bounces::{self, Bounce, Kind},
        outcomes::{self, Claimed, Outcome},
    },
};

/// How often due messages are looked for without a wake-up.
const EVERY: Duration = Duration::from_secs(2);
/// Messages of a batch.
const BATCH: i64 = 8;
/// Messages under way at once.
const IN_FLIGHT: usize = 4;
/// How long a claim lasts: a batch at four at once and 30 s a message takes a minute at worst. A message whose process died
/// waits as long, so that batches are small.
const LEASE: time::Duration = time::Duration::seconds(90);

/// What the job works with.
pub struct Sender {
    pub providers: Providers,
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
        let db = &self.providers.db;
        let claimed = outcomes::claim(db.pool(), db.clock().now(), LEASE, BATCH).await?;
        let count = claimed.len();
        let sending = stream::iter(claimed).map(|claimed| self.send(claimed)).buffer_unordered(IN_FLIGHT);
        // What has been sent meanwhile is recorded at once.
        let mut sent = std::pin::pin!(sending.ready_chunks(IN_FLIGHT));
        let mut result = Ok(());
        while let Some(attempts) = sent.next().await {
            result = result.and(self.record(attempts).await);
        }
        result?;
        Ok(u64::try_from(count)?)
    }

    async fn send(&self, claimed: Claimed) -> Result<(Claimed, Outcome), sqlx::Error> {
        let db = &self.providers.db;
        let delivery = self.providers.hand_over(&claimed, db.clock().now()).await?;
        if let Delivery::Bounced(detail) = &delivery {
            self.bounced(&claimed, detail).await?;
        }
        let outcome = match delivery {
            Delivery::Sent(id) => Outcome::Sent(id),
            Delivery::Skipped(skip) => Outcome::Skipped(skip),
            Delivery::Refused(error) | Delivery::Bounced(error) | Delivery::Unknown(error) => {
                Outcome::Failed(error)
            }
            Delivery::Later(error, asked) => match retry::delay(claimed.attempts, asked) {
                Some(delay) => Outcome::Retry(error, db.clock().now() + delay),
                None => Outcome::Failed(error),
            },
        };
        Ok((claimed, outcome))
    }

    /// Records what became of attempts; one that could not be made comes again when its claim ends.
    async fn record(
        &self,
        attempts: Vec<Result<(Claimed, Outcome), sqlx::Error>>,
    ) -> Result<(), sqlx::Error> {
        let db = &self.providers.db;
        let (made, failed): (Vec<_>, Vec<_>) = attempts.into_iter().partition(Result::is_ok);
        let made: Vec<(Claimed, Outcome)> = made.into_iter().flatten().collect();
        outcomes::record(db.pool(), &made, db.clock().now()).await?;
        for (claimed, outcome) in &made {
            log(claimed, outcome);
            self.metrics.count(&claimed.channel, outcome.label());
        }
        failed.into_iter().find_map(Result::err).map_or(Ok(()), Err)
    }

    async fn bounced(&self, claimed: &Claimed, detail: &str) -> Result<(), sqlx::Error> {
        let db = &self.providers.db;
        let mut conn = db.pool().acquire().await?;
        let bounce = Bounce {
            key: format!("smtp {}", claimed.notification_id),
            address: claimed.recipient.clone(),
            kind: Kind::Hard,
            detail: detail.to_owned(),
        };
        bounces::insert(&mut conn, &bounce, db.clock().now()).await?;
        Ok(())
    }
}

/// First failures are quiet: most mend themselves.
fn log(claimed: &Claimed, outcome: &Outcome) {
    let Some(error) = outcome.error() else { return };
    let (id, channel, attempts) =
        (NotificationId(claimed.notification_id), claimed.channel.as_str(), claimed.attempts);
    if matches!(outcome, Outcome::Retry(..)) && attempts < 3 {
        tracing::debug!(notification_id = %id, channel, attempts, error, "a message was not taken yet");
    } else {
        let outcome = outcome.label();
        tracing::warn!(notification_id = %id, channel, attempts, outcome, error, "a message was not taken");
    }
}
