//! What the readers of a service's events have not acknowledged yet. The owner looks: a reader that is away can't tell.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_nats::jetstream::{self, consumer};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{family::Family, gauge::Gauge},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use warung_contracts::stream;

use crate::metrics::Metrics;

/// Between two looks.
const LOOK: Duration = Duration::from_secs(15);

/// Looks at the readers of one stream.
#[derive(Debug)]
pub struct Watch {
    stream: String,
    readers: BTreeMap<String, Headway>,
    jetstream: jetstream::Context,
    gauges: Gauges,
}

/// Up to which message a reader has acknowledged all, and since when it is no further.
#[derive(Debug, Clone, Copy)]
struct Headway {
    floor: u64,
    since: Instant,
}

#[derive(Debug, Default)]
struct Gauges {
    unread: Family<Reader, Gauge>,
    age: Family<Reader, Gauge>,
    bytes: Gauge,
    bytes_max: Gauge,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reader {
    reader: String,
}

impl Watch {
    /// Of this stream, shown by its owner's metrics.
    pub fn new(stream: String, jetstream: jetstream::Context, metrics: &Arc<Metrics>) -> Self {
        let gauges = Gauges::default();
        let register = |name: &str, help: &str, family: &Family<Reader, Gauge>| {
            metrics.register(name, help, family.clone());
        };
        register("warung_events_unread", "Events that a reader has not acknowledged", &gauges.unread);
        register(
            "warung_events_unread_age_seconds",
            "How long a reader has not acknowledged the oldest of them",
            &gauges.age,
        );
        metrics.register("warung_event_stream_bytes", "Bytes in the stream of events", gauges.bytes.clone());
        metrics.register(
            "warung_event_stream_bytes_max",
            "Bytes at which the stream takes no more",
            gauges.bytes_max.clone(),
        );
        let unseen = Headway { floor: 0, since: Instant::now() };
        let readers = stream::readers(&stream).into_iter().map(|reader| (reader, unseen)).collect();
        Self { stream, readers, jetstream, gauges }
    }

    /// Looks until `stop`.
    ///
    /// # Errors
    ///
    /// Never: a NATS that is away is waited for.
    pub async fn run(mut self, stop: CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            if let Err(error) = self.look(Instant::now()).await {
                let error = format!("{error:#}");
                tracing::warn!(stream = self.stream, error, "who has read the events can't be seen");
            }
            tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(LOOK) => {} }
        }
        Ok(())
    }

    /// Looks once.
    ///
    /// # Errors
    ///
    /// When NATS is away, or has no such stream or reader.
    pub async fn look(&mut self, now: Instant) -> anyhow::Result<()> {
        let stream = self.jetstream.get_stream(&self.stream).await?;
        let info = stream.cached_info();
        self.gauges.bytes.set(i64::try_from(info.state.bytes).unwrap_or(i64::MAX));
        self.gauges.bytes_max.set(info.config.max_bytes);
        let mut result = Ok(());
        for (reader, headway) in &mut self.readers {
            match stream.consumer_info(reader).await {
                Ok(info) => self.gauges.show(reader, headway, &info, now),
                Err(error) => result = Err(anyhow::Error::from(error).context(format!("of {reader}"))),
            }
        }
        result
    }
}

impl Headway {
    fn age(&mut self, floor: u64, unread: u64, now: Instant) -> Duration {
        if floor != self.floor || unread == 0 {
            *self = Self { floor, since: now };
        }
        now - self.since
    }
}

impl Gauges {
    fn show(&self, reader: &str, headway: &mut Headway, info: &consumer::Info, now: Instant) {
        let unread = unread(info);
        let age = headway.age(info.ack_floor.stream_sequence, unread, now);
        let label = Reader { reader: reader.to_owned() };
        self.unread.get_or_create(&label).set(i64::try_from(unread).unwrap_or(i64::MAX));
        self.age.get_or_create(&label).set(i64::try_from(age.as_secs()).unwrap_or(i64::MAX));
    }
}

/// Not delivered yet, or delivered and not acknowledged.
fn unread(info: &consumer::Info) -> u64 {
    info.num_pending.saturating_add(u64::try_from(info.num_ack_pending).unwrap_or(u64::MAX))
}
