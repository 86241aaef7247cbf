//! The relay: takes events from the outbox to JetStream, one relay at a time for each database.
//!
//! Woken by NOTIFY, and by a poll because a notification can be lost with its connection. Leadership is an advisory
//! lock on the relay's own connection: it ends with the connection. Two relays that overlap for a moment publish the
//! same ids, which JetStream drops within its duplicate window and every inbox drops after it.

use std::{collections::HashSet, time::Duration};

use async_nats::jetstream;
use futures::{StreamExt as _, stream};
use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgListener};
use tokio_util::sync::CancellationToken;

use super::store::{self, Pending};
use crate::events::cloud;

/// How often the outbox is looked at without a wake-up.
const POLL: Duration = Duration::from_secs(1);
/// How long a relay without the lock waits before it asks again.
const STANDBY: Duration = Duration::from_secs(2);
/// Events of a batch.
const BATCH: i64 = 256;
/// Publishes under way at once.
const IN_FLIGHT: usize = 64;
/// Key of the advisory lock; one per database, so any constant serves.
const LOCK: i64 = 0x6f75_7462_6f78;

/// A relay.
#[derive(Debug, Clone)]
pub struct Relay {
    pub service: String,
    pub pool: PgPool,
    pub jetstream: jetstream::Context,
}

impl Relay {
    /// Publishes until `stop`. Failures of a store are logged and waited out.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            let pause = match self.lead(&stop).await {
                Ok(()) => STANDBY,
                Err(error) => {
                    tracing::warn!(
                        service = self.service,
                        error = format!("{error:#}"),
                        "the outbox relay paused; its events wait"
                    );
                    STANDBY
                }
            };
            tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(pause) => {} }
        }
        Ok(())
    }

    /// Publishes as long as the lock is held; returns at once when another holds it.
    async fn lead(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        // Connections of its own: the lock lives and dies with the first, the second listens.
        let mut conn = PgConnection::connect_with(&self.pool.connect_options()).await?;
        let locked: bool =
            sqlx::query_scalar("SELECT pg_try_advisory_lock($1)").bind(LOCK).fetch_one(&mut conn).await?;
        if !locked {
            return Ok(());
        }
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen(store::CHANNEL).await?;
        loop {
            while self.batch(&mut conn).await? > 0 {
                if stop.is_cancelled() {
                    return Ok(());
                }
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                woken = tokio::time::timeout(POLL, listener.recv()) => { if let Ok(woken) = woken { woken?; } }
            }
        }
    }

    /// Publishes one batch; returns how many left the outbox.
    async fn batch(&self, conn: &mut PgConnection) -> anyhow::Result<usize> {
        let waiting = store::oldest(conn, BATCH).await?;
        // The second event of an aggregate waits for the first to be stored: order is kept even when one fails.
        let mut aggregates = HashSet::new();
        let first: Vec<Pending> =
            waiting.into_iter().filter(|row| aggregates.insert(row.aggregate.clone())).collect();
        if first.is_empty() {
            return Ok(0);
        }
        let results: Vec<Result<i64, anyhow::Error>> =
            stream::iter(first).map(|row| self.publish(row)).buffered(IN_FLIGHT).collect().await;
        let mut failure = None;
        let mut done = Vec::with_capacity(results.len());
        for result in results {
            match result {
                Ok(position) => done.push(position),
                Err(error) => failure = Some(error),
            }
        }
        store::delete(conn, &done).await?;
        match failure {
            Some(error) if done.is_empty() => Err(error),
            _ => Ok(done.len()),
        }
    }

    async fn publish(&self, row: Pending) -> anyhow::Result<i64> {
        let message = cloud::encode(&self.service, &row);
        self.jetstream.send_publish(row.event_type.clone(), message).await?.await?;
        Ok(row.position)
    }
}
