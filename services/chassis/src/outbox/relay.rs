//! The relay: takes events from the outbox to JetStream, one relay at a time for each database.
//!
//! ```text
//!  commit ──ring──> this process's relay ─┬─ leads:      reads, publishes, deletes
//!                                         └─ stands by:  NOTIFY, at most one every few ms ──> the relay that leads
//! ```
//!
//! A poll is the net under both: a process may die between its commit and the ring. Leadership is an advisory lock on the
//! relay's own connection: it ends with the connection. Two relays that overlap for a moment publish the same ids, which
//! JetStream drops within its duplicate window and every inbox drops after it.

use std::time::Duration;

use async_nats::jetstream::{
    ErrorCode,
    context::{PublishError, PublishErrorKind},
};
use async_nats::{connection::State, jetstream};
use futures::{StreamExt as _, stream};
use prometheus_client::metrics::gauge::Gauge;
use sqlx::{Connection as _, PgConnection, postgres::PgListener};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;

use super::{
    bell::Bell,
    held::Held,
    store::{self, Pending},
};
use crate::{db::Db, events::cloud, metrics::Metrics};

/// How often the outbox is looked at without a wake-up.
pub const POLL: Duration = Duration::from_secs(1);
/// How long a relay without the lock waits before it asks again, and one that failed before it begins again.
const STANDBY: Duration = Duration::from_secs(2);
/// Time between two batches, and between two NOTIFYs, at least: under load one does the work of many, and no event waits
/// long enough to be noticed.
const PACE: Duration = Duration::from_millis(20);
/// Events of a batch.
const BATCH: i64 = 256;
/// Bytes of payload after which a batch takes no more events.
const BATCH_BYTES: i64 = 4 * 1024 * 1024;
/// Aggregates of which something is under way at once.
const IN_FLIGHT: usize = 64;
/// Aggregates of which NATS refuses an event, at most: with more, it is not the events that are wrong.
const HELD_MAX: usize = 1000;
/// Key of the advisory lock; one per database, so any constant serves.
const LOCK: i64 = 0x6f75_7462_6f78;

/// A relay.
#[derive(Debug, Clone)]
pub struct Relay {
    pub service: String,
    pub db: Db,
    pub jetstream: jetstream::Context,
    /// How often it looks without a wake-up: [`POLL`].
    pub poll: Duration,
    /// How many aggregates wait because NATS refuses an event of theirs.
    pub refused: Gauge,
}

/// What became of a batch.
#[derive(Debug, Default)]
struct Sent {
    stored: Vec<i64>,
    /// Aggregates of which an event was refused.
    refused: Vec<String>,
    away: Option<anyhow::Error>,
}

/// Why an event was not stored.
#[derive(Debug)]
enum Failure {
    /// NATS does not take this one, and takes others.
    Refused(PublishError),
    /// NATS takes none now: it is away, or the stream is full.
    Away(anyhow::Error),
}

impl From<PublishError> for Failure {
    fn from(error: PublishError) -> Self {
        let source = std::error::Error::source(&error);
        let code =
            source.and_then(|source| source.downcast_ref::<jetstream::Error>()).map(|e| e.error_code());
        let is_too_large = code == Some(ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM)
            || error.kind() == PublishErrorKind::MaxPayloadExceeded;
        if is_too_large { Self::Refused(error) } else { Self::Away(error.into()) }
    }
}

impl Relay {
    /// The relay of a service, shown by its metrics.
    pub fn new(service: &str, db: Db, jetstream: jetstream::Context, metrics: &Metrics) -> Self {
        let refused = Gauge::default();
        let help = "Aggregates whose events wait because NATS refuses one of them";
        metrics.register("warung_outbox_refused", help, refused.clone());
        Self { service: service.to_owned(), db, jetstream, poll: POLL, refused }
    }

    /// Publishes until `stop`. Failures of a store are logged and waited out.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            if let Err(error) = self.serve(&stop).await {
                let error = format!("{error:#}");
                tracing::warn!(service = self.service, error, "the outbox relay paused; its events wait");
            }
            tokio::select! { () = stop.cancelled() => return Ok(()), () = sleep(STANDBY) => {} }
        }
    }

    async fn serve(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        // Its own connection: the lock lives and dies with it. Nothing it writes has to survive a crash of the server: a
        // row that comes back is published again, under the same id.
        let options = self.db.pool().connect_options().as_ref().clone();
        let mut conn = PgConnection::connect_with(&options.options([("synchronous_commit", "off")])).await?;
        let leads = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            leads = self.stand_by(&mut conn) => leads,
        };
        leads?;
        let led = self.lead(&mut conn, stop).await;
        // Whoever leads now counts anew.
        self.refused.set(0);
        led
    }

    /// Waits for the lock, and meanwhile tells the relay that holds it of what is committed here.
    async fn stand_by(&self, conn: &mut PgConnection) -> Result<(), sqlx::Error> {
        loop {
            let lock = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK);
            if lock.fetch_one(&mut *conn).await? {
                // What was rung for and not passed on is read now.
                return Ok(());
            }
            let ask_again = Instant::now() + STANDBY;
            while tokio::time::timeout_at(ask_again, self.bell().rung()).await.is_ok() {
                store::notify(conn).await?;
                sleep(PACE).await;
            }
        }
    }

    async fn lead(&self, conn: &mut PgConnection, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut listener = PgListener::connect_with(self.db.pool()).await?;
        listener.listen(store::CHANNEL).await?;
        let (mut stored, mut held) = (Vec::new(), Held::default());
        loop {
            let now = Instant::now();
            let batch = store::turn(conn, &stored, &held.waiting(now), BATCH, BATCH_BYTES).await?;
            let is_empty = batch.is_empty();
            let sent = self.publish_all(batch).await;
            stored = sent.stored;
            held.note(sent.refused, now);
            self.refused.set(i64::try_from(held.len()).unwrap_or(i64::MAX));
            let away = sent.away.or_else(|| too_many(&held));
            if away.is_some() || stop.is_cancelled() {
                store::delete(conn, &stored).await?;
                return away.map_or(Ok(()), Err);
            }
            if !is_empty {
                sleep_until(now + PACE).await;
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.bell().rung() => {}
                heard = timeout(self.poll, listener.recv()) => { if let Ok(heard) = heard { heard?; } }
            }
        }
    }

    fn bell(&self) -> &Bell {
        self.db.bell()
    }

    /// Publishes a batch. The second event of an aggregate waits until the first is stored: order is kept even when one
    /// fails, because then the rest of its aggregate stays.
    async fn publish_all(&self, batch: Vec<Pending>) -> Sent {
        // A client that is not connected would keep what it is given in memory.
        if !batch.is_empty() && self.jetstream.client().connection_state() != State::Connected {
            return Sent { away: Some(anyhow::anyhow!("NATS is away")), ..Sent::default() };
        }
        let lanes = stream::iter(by_aggregate(batch)).map(|lane| self.publish_lane(lane));
        let merge = |mut all: Sent, one: Sent| {
            all.stored.extend(one.stored);
            all.refused.extend(one.refused);
            all.away = all.away.or(one.away);
            std::future::ready(all)
        };
        lanes.buffer_unordered(IN_FLIGHT).fold(Sent::default(), merge).await
    }

    async fn publish_lane(&self, lane: Vec<Pending>) -> Sent {
        let mut sent = Sent::default();
        for row in lane {
            match self.publish(&row).await {
                Ok(()) => {
                    sent.stored.push(row.position);
                    continue;
                }
                Err(Failure::Away(error)) => sent.away = Some(error),
                Err(Failure::Refused(error)) => {
                    let (id, event, aggregate) = (row.event_id, row.event_type, row.aggregate);
                    tracing::error!(%id, event, aggregate, %error, "NATS refuses an event; its aggregate waits");
                    sent.refused.push(aggregate);
                }
            }
            break;
        }
        sent
    }

    async fn publish(&self, row: &Pending) -> Result<(), Failure> {
        let message = cloud::encode(&self.service, row);
        self.jetstream.send_publish(row.event_type.clone(), message).await?.await?;
        Ok(())
    }
}

fn too_many(held: &Held) -> Option<anyhow::Error> {
    (held.len() > HELD_MAX).then(|| anyhow::anyhow!("NATS refuses events of {} aggregates", held.len()))
}

/// Rows by what they speak of, each in its order; the aggregates in the order of their first row.
fn by_aggregate(batch: Vec<Pending>) -> Vec<Vec<Pending>> {
    let mut places = std::collections::HashMap::new();
    let mut lanes: Vec<Vec<Pending>> = Vec::new();
    for row in batch {
        let place = *places.entry(row.aggregate.clone()).or_insert(lanes.len());
        if place == lanes.len() {
            lanes.push(Vec::new());
        }
        lanes[place].push(row);
    }
    lanes
}
