//! Pulls a service's events and sees each through: handled, tried again, or dead-lettered. What has come is handled
//! together, so that the busier a service is, the less each event costs. An event that comes alone is handled at once;
//! of a stream of them some are gathered first, and requests, for which somebody waits, get the processors meanwhile.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{self, AckKind, consumer::PullConsumer};
use futures::{Stream, StreamExt as _};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use warung_contracts::stream::Consumer;

use super::{
    Consumers, Delivery, EventError,
    cloud::{self, NotAnEvent},
    deadletter,
    handler::{Effect, Incoming},
};
use crate::{
    backoff::{Backoff, spread},
    metrics::{Metrics, Outcome},
    telemetry::context,
};

/// Messages taken from the stream at once.
const BATCH: usize = 64;
/// Time between two batches for each event of the first, and at most: more than forty events a second make it grow to the
/// most, fewer let it shrink to that of one.
const PACE: Duration = Duration::from_millis(25);
const PACE_MAX: Duration = Duration::from_millis(100);
/// Deliveries after which an event that keeps failing is dead-lettered; the delays up to there add up to 2 to 5 minutes.
const ATTEMPTS_MAX: i64 = 16;
/// The same for one that needs what has not arrived yet: 4 to 8 hours. What it needs may be in the outbox of a service that
/// is away, and waits there for an hour and more.
const WAITS_MAX: i64 = 250;
/// How long to wait before a lost stream is opened again.
const REOPEN: Duration = Duration::from_secs(1);
/// Before the next delivery. After an outage the readers of all services are not back in the same moment.
const AGAIN: Backoff = Backoff::doubling(Duration::from_millis(250), Duration::from_secs(30));
/// The same while what it needs has not arrived.
const WAIT: Backoff = Backoff::doubling(Duration::from_millis(250), Duration::from_secs(120));

/// When an event that was not handled comes again; never when it is given up.
fn again(error: &EventError, delivered: i64) -> Option<Duration> {
    let (backoff, deliveries_max) = match error {
        EventError::Unavailable(_) => (AGAIN, i64::MAX),
        EventError::Failed(_) => (AGAIN, ATTEMPTS_MAX),
        EventError::NotYet(_) => (WAIT, WAITS_MAX),
        EventError::Invalid(_) => (AGAIN, 0),
    };
    (delivered < deliveries_max).then(|| backoff.after(delivered))
}

/// How long after the beginning of a batch of so many events the next one begins.
fn pace(events: usize) -> Duration {
    PACE.saturating_mul(u32::try_from(events).unwrap_or(u32::MAX)).min(PACE_MAX)
}

/// What comes until then; nothing when `stop` comes first or the messages end.
async fn gather<M>(
    messages: &mut (impl Stream<Item = M> + Unpin),
    until: Instant,
    stop: &CancellationToken,
) -> Vec<M> {
    let first = tokio::select! { () = stop.cancelled() => None, first = messages.next() => first };
    let mut batch = Vec::from_iter(first);
    while !batch.is_empty() && batch.len() < BATCH {
        tokio::select! {
            biased;
            Some(message) = messages.next() => batch.push(message),
            () = sleep_until(until) => break,
            () = stop.cancelled() => break,
        }
    }
    batch
}

/// A reader of one durable consumer.
#[derive(Debug, Clone)]
pub struct Reader {
    pub service: String,
    pub consumer: Consumer,
    pub consumers: Consumers,
    pub jetstream: jetstream::Context,
    pub metrics: Arc<Metrics>,
}

impl Reader {
    /// Reads until `stop`. An absent stream or server is waited out.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            if let Err(error) = self.read(&stop).await {
                let Consumer { stream, durable, .. } = &self.consumer;
                tracing::warn!(
                    stream,
                    durable,
                    error = format!("{error:#}"),
                    "reading events paused; they wait in the stream"
                );
            }
            tokio::select! { () = stop.cancelled() => {} () = tokio::time::sleep(spread(REOPEN)) => {} }
        }
        Ok(())
    }

    async fn read(&self, stop: &CancellationToken) -> anyhow::Result<()> {
        let Consumer { stream, durable, .. } = &self.consumer;
        let consumer: PullConsumer =
            self.jetstream.get_consumer_from_stream(durable.clone(), stream.clone()).await?;
        let mut messages = consumer
            .stream()
            .max_messages_per_batch(BATCH)
            .expires(Duration::from_secs(20))
            .heartbeat(Duration::from_secs(5))
            .messages()
            .await?;
        let mut next = Instant::now();
        loop {
            let batch = gather(&mut messages, next, stop).await;
            if batch.is_empty() && stop.is_cancelled() {
                return Ok(());
            }
            anyhow::ensure!(!batch.is_empty(), "the server ended the stream of messages");
            next = Instant::now() + pace(batch.len());
            let mut lost = None;
            let mut taken = Vec::with_capacity(batch.len());
            for message in batch {
                match message {
                    Ok(message) => taken.push(message),
                    Err(error) => lost = Some(error),
                }
            }
            self.see_through(taken).await;
            if let Some(error) = lost {
                return Err(error.into());
            }
        }
    }

    /// Handles messages and answers the server for each.
    async fn see_through(&self, messages: Vec<jetstream::Message>) {
        let started = std::time::Instant::now();
        let (events, strangers): (Vec<_>, Vec<_>) =
            messages.into_iter().map(incoming).partition(|(_, decoded)| decoded.is_ok());
        let (messages, incoming): (Vec<_>, Vec<_>) =
            events.into_iter().filter_map(|(message, decoded)| Some((message, decoded.ok()?))).unzip();
        let results = self.consumers.deliver_all(&incoming).await;
        let share = started.elapsed() / u32::try_from(messages.len().max(1)).unwrap_or(u32::MAX);
        for ((message, incoming), result) in messages.iter().zip(&incoming).zip(results) {
            let outcome = self.answer(message, result).instrument(incoming.span.clone()).await;
            self.metrics.processed(&message.subject, outcome, share);
        }
        for (message, decoded) in strangers {
            let error = decoded.err().map_or_else(String::new, |error| error.to_string());
            let outcome = self.answer(&message, Err(EventError::Invalid(error))).await;
            self.metrics.processed(&message.subject, outcome, Duration::ZERO);
        }
    }

    /// Says to the server what became of a message.
    async fn answer(&self, message: &jetstream::Message, result: Result<Effect, EventError>) -> Outcome {
        let delivered = message.info().map_or(1, |info| info.delivered);
        let (answer, outcome) = self.decide(message, delivered, result).await;
        if let Err(error) = message.ack_with(answer).await {
            // It comes again after ack_wait; the inbox knows it.
            tracing::warn!(%error, "an acknowledgement was lost");
        }
        outcome
    }

    async fn decide(
        &self,
        message: &jetstream::Message,
        delivered: i64,
        result: Result<Effect, EventError>,
    ) -> (AckKind, Outcome) {
        let error = match result {
            Ok(effect) => {
                let outcome = match effect {
                    Effect::Done => "done",
                    Effect::Duplicate => "duplicate",
                };
                tracing::debug!(delivered, outcome, "event handled");
                return (AckKind::Ack, Outcome::Done);
            }
            Err(error) => error,
        };
        let reason = chain(&error);
        if let Some(delay) = again(&error, delivered) {
            tracing::info!(delivered, outcome = "retry", reason, "event put back; it comes again");
            return (AckKind::Nak(Some(delay)), Outcome::Retry);
        }
        match deadletter::publish(&self.jetstream, &self.service, message, &reason).await {
            Ok(()) => {
                tracing::error!(
                    delivered,
                    outcome = "dead",
                    reason,
                    "event dead-lettered; after mending, replay it"
                );
                self.metrics.dead_lettered(&message.subject);
                (AckKind::Term, Outcome::Dead)
            }
            Err(error) => {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "the dead-letter stream is away; the event comes again"
                );
                (AckKind::Nak(Some(AGAIN.after(delivered))), Outcome::Retry)
            }
        }
    }
}

/// A message as an event, with the span in which it is handled.
fn incoming(message: jetstream::Message) -> (jetstream::Message, Result<Incoming, NotAnEvent>) {
    let decoded = cloud::decode(message.headers.as_ref()).map(|a| Incoming {
        span: context::consumer_span(&message.subject, a.traceparent.as_deref()),
        aggregate: a.aggregate,
        delivery: Delivery { id: a.id, event_type: a.event_type, data: message.payload.to_vec() },
    });
    (message, decoded)
}

fn chain(error: &EventError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_comes_alone_is_not_waited_with_and_what_comes_in_a_stream_is_gathered() {
        let stop = CancellationToken::new();
        let began = Instant::now();
        let mut alone = Box::pin(futures::stream::iter([1]).chain(futures::stream::pending()));
        assert_eq!(gather(&mut alone, began, &stop).await, [1]);
        assert_eq!(began.elapsed(), Duration::ZERO);

        let each = futures::stream::unfold((), |()| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some((1, ()))
        });
        assert_eq!(gather(&mut Box::pin(each), began + Duration::from_millis(90), &stop).await.len(), 4);
        assert_eq!(began.elapsed(), Duration::from_millis(90));

        let mut many = futures::stream::repeat(1);
        assert_eq!(gather(&mut many, Instant::now() + PACE_MAX, &stop).await.len(), BATCH);
        assert_eq!(began.elapsed(), Duration::from_millis(90), "a full batch waits for nothing");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_gathered_when_the_service_stops_is_still_handed_on() {
        let stop = CancellationToken::new();
        let mut one = Box::pin(futures::stream::iter([1]).chain(futures::stream::pending()));
        let until = Instant::now() + Duration::from_secs(3600);
        let stopped = async {
            tokio::time::sleep(PACE).await;
            stop.cancel();
        };
        let (batch, ()) = tokio::join!(gather(&mut one, until, &stop), stopped);
        assert_eq!(batch, [1]);
    }

    #[test]
    fn the_pace_grows_with_the_batches_up_to_a_tenth_of_a_second() {
        assert_eq!([0, 1, 2, 4, 64].map(|events| pace(events).as_millis()), [0, 25, 50, 100, 100]);
    }

    #[test]
    fn what_fails_is_given_up_after_minutes_what_waits_after_hours_and_nothing_for_a_store_that_is_away() {
        let total = |error: EventError| -> u64 {
            let delays = (1..100_000).map_while(|delivered| again(&error, delivered));
            delays.sum::<Duration>().as_secs()
        };
        let (failed, waits) = (EventError::Failed(anyhow::anyhow!("")), EventError::NotYet(String::new()));
        assert!((120..300).contains(&total(failed)));
        assert!((4 * 3600..8 * 3600 + 60).contains(&total(waits)));
        assert!(total(EventError::Unavailable(anyhow::anyhow!(""))) > 10 * 24 * 3600);
        assert_eq!(total(EventError::Invalid(String::new())), 0);
    }
}
