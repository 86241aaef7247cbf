//! Sends what is due.
//!
//! Claim (a short transaction), send (no transaction), record. What a crash between sending and recording does:
//!
//! | channel | then | because |
//! |---|---|---|
//! | email | sent again, with the same Message-ID | SMTP offers no more; a receiver can tell the copy |
//! | push | sent again to devices that have not noted it, under the same key | a device shows one message a key |
//! | sms | not sent again, marked as failed | the provider can't tell a copy, nor can the reader |

use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures::future::BoxFuture;
use tokio::sync::Notify;
use warung_chassis::jobs::{Job, Pool, Room};
use warung_contracts::id::NotificationId;

pub use super::hand_over::Providers;
use super::retry;
use crate::{
    channels::Delivery,
    domain::{channel::Channel, mask::masked_in},
    metrics::Metrics,
    store::{
        bounces::{self, Bounce, Kind},
        outcomes::{self, Claimed, Outcome},
    },
};

/// How often due messages are looked for without a wake-up.
const EVERY: Duration = Duration::from_secs(2);
/// Messages of a channel that are under way at once: a gateway that hangs holds up its own channel alone.
const ROOM: NonZeroUsize = NonZeroUsize::new(8).unwrap();
/// Each channel is a lane.
const LANES: [&str; 3] = [Channel::Email.as_str(), Channel::Sms.as_str(), Channel::Push.as_str()];
/// How long a claim lasts: longer than a message takes, which is half a minute for one by email. A message whose process died
/// waits as long.
const LEASE: time::Duration = time::Duration::seconds(90);

/// What the job works with.
pub struct Sender {
    pub providers: Providers,
    pub metrics: Metrics,
}

/// The job; also woken by commits that wrote a message.
pub fn job(sender: Sender, wake: Arc<Notify>) -> Job {
    Job::pool("send_notifications", EVERY, sender).woken_by(wake)
}

impl Pool for Sender {
    type Row = Claimed;

    fn lanes(&self) -> &'static [&'static str] {
        &LANES
    }

    fn room(&self) -> NonZeroUsize {
        ROOM
    }

    fn lane<'a>(&self, claimed: &'a Claimed) -> &'a str {
        &claimed.channel
    }

    fn claim(&self, room: Room) -> BoxFuture<'_, anyhow::Result<Vec<Claimed>>> {
        let db = &self.providers.db;
        Box::pin(async move { Ok(outcomes::claim(db.pool(), db.clock().now(), LEASE, &room).await?) })
    }

    /// What could not be made or recorded comes again when its claim ends.
    fn work(&self, claimed: Claimed) -> BoxFuture<'_, anyhow::Result<()>> {
        Box::pin(async move {
            let db = &self.providers.db;
            let outcome = self.send(&claimed).await?;
            outcomes::record(db.pool(), &claimed, &outcome, db.clock().now()).await?;
            log(&claimed, &outcome);
            self.metrics.count(&claimed.channel, outcome.label());
            Ok(())
        })
    }
}

impl Sender {
    async fn send(&self, claimed: &Claimed) -> Result<Outcome, sqlx::Error> {
        let db = &self.providers.db;
        let delivery = self.providers.hand_over(claimed, db.clock().now()).await?;
        if let Delivery::Bounced(detail) = &delivery {
            self.bounced(claimed, detail).await?;
        }
        Ok(match delivery {
            Delivery::Sent(id) => Outcome::Sent(id),
            Delivery::Skipped(skip) => Outcome::Skipped(skip),
            Delivery::Refused(error) | Delivery::Bounced(error) | Delivery::Unknown(error) => {
                Outcome::Failed(error)
            }
            Delivery::Later(error, asked) => match retry::delay(claimed.attempts, asked) {
                Some(delay) => Outcome::Retry(error, db.clock().now() + delay),
                None => Outcome::Failed(error),
            },
        })
    }

    async fn bounced(&self, claimed: &Claimed, detail: &str) -> Result<(), sqlx::Error> {
        let db = &self.providers.db;
        // Both or neither: what is told a second time is not new, and would silence nothing any more.
        let mut tx = db.begin().await?;
        let now = tx.now();
        let bounce = Bounce {
            key: format!("smtp {}", claimed.notification_id),
            address: claimed.recipient.clone(),
            kind: Kind::Hard,
            detail: detail.to_owned(),
        };
        bounces::insert(tx.conn(), &bounce, now).await?;
        tx.commit().await
    }
}

/// First failures are quiet: most mend themselves.
fn log(claimed: &Claimed, outcome: &Outcome) {
    // Mail servers repeat the address; logs outlive whose it is.
    let Some(error) = outcome.error().map(|error| masked_in(error, &claimed.recipient)) else { return };
    let (id, channel, attempts) =
        (NotificationId(claimed.notification_id), claimed.channel.as_str(), claimed.attempts);
    if matches!(outcome, Outcome::Retry(..)) && attempts < 3 {
        tracing::debug!(notification_id = %id, channel, attempts, error, "a message was not taken yet");
    } else {
        let outcome = outcome.label();
        tracing::warn!(notification_id = %id, channel, attempts, outcome, error, "a message was not taken");
    }
}
