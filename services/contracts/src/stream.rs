//! How events travel: JetStream streams, durable consumers and who may touch which subject.
//!
//! One stream an owner, one durable pull consumer for each pair of owner and reader. The operator makes them in a
//! cluster and `warung provision` makes them elsewhere; services only use them, with a NATS user that can do no more.

#[cfg(feature = "jetstream")]
pub mod jetstream;

use std::time::Duration;

use crate::manifest::{self, Manifest};

/// Stream of events that a consumer could not process.
pub const DEADLETTER_STREAM: &str = "DEADLETTER";
/// Subjects of [`DEADLETTER_STREAM`]: `warung.deadletter.<service>.<event type>`.
pub const DEADLETTER_SUBJECTS: &str = "warung.deadletter.>";

/// How long an event waits for its readers at most; the alerts EventsUnread and EventsNearlyLost are sooner.
pub const EVENT_AGE_MAX: Duration = days(7);
/// How long a dead letter waits for a person at most.
pub const LETTER_AGE_MAX: Duration = days(30);
/// Bytes of a message of an event, its headers included.
const MESSAGE_BYTES_MAX: usize = 256 * 1024;
/// Bytes that the headers of an event take at most: ids, type, aggregate, trace; some 500 as they are.
const HEADERS_BYTES_MAX: usize = 2 * 1024;
/// Bytes of an event's data at most.
pub const EVENT_BYTES_MAX: usize = MESSAGE_BYTES_MAX - HEADERS_BYTES_MAX;
/// Bytes that a dead letter says beside its event at most: the reason and the subject the event had.
pub const LETTER_EXTRA_BYTES_MAX: usize = 4 * 1024;

const fn days(days: u64) -> Duration {
    Duration::from_secs(days * 24 * 3600)
}

/// A JetStream stream. One that is full takes no more: nothing in it makes way for what is newer, the outboxes wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    pub name: String,
    pub subjects: Vec<String>,
    pub keeps: Keeps,
    /// How long messages are kept at most.
    pub max_age: Duration,
    /// Bytes kept at most.
    pub max_bytes: i64,
    /// Bytes of one message at most.
    pub max_message_bytes: i32,
    /// How long a message id is remembered, so that a repeated publish is dropped.
    pub duplicate_window: Duration,
    /// Copies; 1 on a single server.
    pub replicas: usize,
}

/// Which messages a stream keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// Each until all consumers that want it have acknowledged it; what none wants is not kept at all.
    Unread,
    /// Each until somebody deletes it.
    All,
}

/// A durable pull consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    pub stream: String,
    pub durable: String,
    pub filter_subjects: Vec<String>,
    /// How long an unacknowledged message stays with its reader.
    pub ack_wait: Duration,
    /// Messages that were delivered and not acknowledged at most, those put back for another try among them. At the limit the
    /// reader gets nothing new.
    pub max_ack_pending: i64,
    /// Deliveries at most; the reader dead-letters before it is reached.
    pub max_deliver: i64,
}

/// What a service's NATS user may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    pub publish: Vec<String>,
    pub subscribe: Vec<String>,
}

/// Every stream these services need, with this many copies.
pub fn streams(manifests: &[Manifest], replicas: usize) -> Vec<Stream> {
    let stream = |name: String, subjects: String| Stream {
        name,
        subjects: vec![subjects],
        keeps: Keeps::Unread,
        max_age: EVENT_AGE_MAX,
        max_bytes: 256 * 1024 * 1024,
        max_message_bytes: bytes(MESSAGE_BYTES_MAX),
        // Longer than a relay can be stuck between a publish and marking its row, short enough for memory.
        duplicate_window: Duration::from_secs(2 * 60),
        replicas,
    };
    let mut all: Vec<Stream> = manifests
        .iter()
        .filter_map(|m| m.stream().map(|name| stream(name, format!("warung.{}.>", m.name))))
        .collect();
    all.push(Stream {
        keeps: Keeps::All,
        max_age: LETTER_AGE_MAX,
        max_message_bytes: bytes(MESSAGE_BYTES_MAX + LETTER_EXTRA_BYTES_MAX),
        ..stream(DEADLETTER_STREAM.into(), DEADLETTER_SUBJECTS.into())
    });
    all
}

fn bytes(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The durable consumers of one service, one for each owner it listens to.
pub fn consumers(manifest: &Manifest) -> Vec<Consumer> {
    let mut owners: Vec<&str> =
        manifest.consumes.iter().filter_map(|c| Manifest::owner_of(&c.event)).collect();
    owners.sort_unstable();
    owners.dedup();
    owners
        .into_iter()
        .map(|owner| Consumer {
            stream: owner.to_uppercase(),
            durable: manifest.name.clone(),
            filter_subjects: manifest
                .consumes
                .iter()
                .filter(|c| Manifest::owner_of(&c.event) == Some(owner))
                .map(|c| c.event.clone())
                .collect(),
            ack_wait: Duration::from_secs(30),
            // One reader holds far fewer at a time; the rest is what waits for something that is late, such as the events of
            // a service that is away, and must not keep the others from being read.
            max_ack_pending: 8192,
            // -1: no limit on the server; the chassis counts deliveries and dead-letters with a reason.
            max_deliver: -1,
        })
        .collect()
}

/// The services that read a stream.
pub fn readers(stream: &str) -> Vec<String> {
    let reads = |m: &&Manifest| consumers(m).iter().any(|consumer| consumer.stream == stream);
    manifest::all().iter().filter(reads).map(|m| m.name.clone()).collect()
}

/// Whether a durable consumer of a stream belongs to a service that reads it no more. A stream keeps what it has not
/// acknowledged, so it has to go. One of another name is somebody else's.
pub fn is_surplus(planned: &[Consumer], stream: &str, durable: &str) -> bool {
    manifest::all().iter().any(|m| m.name == durable)
        && !planned.iter().any(|consumer| consumer.stream == stream && consumer.durable == durable)
}

/// Prefix of the reply subjects of a service's NATS user.
pub fn inbox_prefix(service: &str) -> String {
    format!("_INBOX_{service}")
}

/// What a service's NATS user may publish and subscribe to: its own events and a look at who has read them, its own
/// consumers, its own replies.
pub fn permissions(manifest: &Manifest) -> Permissions {
    let name = &manifest.name;
    let mut publish = vec![format!("warung.deadletter.{name}.>")];
    if !manifest.publishes.is_empty() {
        publish.push(format!("warung.{name}.>"));
    }
    if let Some(stream) = manifest.stream() {
        publish.push(format!("$JS.API.STREAM.INFO.{stream}"));
        publish.push(format!("$JS.API.CONSUMER.INFO.{stream}.*"));
    }
    for Consumer { stream, durable, .. } in consumers(manifest) {
        publish.push(format!("$JS.API.CONSUMER.INFO.{stream}.{durable}"));
        publish.push(format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"));
        publish.push(format!("$JS.ACK.{stream}.{durable}.>"));
    }
    Permissions { publish, subscribe: vec![format!("{}.>", inbox_prefix(name))] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    #[test]
    fn every_consumer_reads_a_stream_that_exists() {
        let streams: Vec<String> = streams(manifest::all(), 1).into_iter().map(|s| s.name).collect();
        for consumer in manifest::all().iter().flat_map(consumers) {
            assert!(streams.contains(&consumer.stream), "{consumer:?}");
            assert!(!consumer.filter_subjects.is_empty());
        }
    }

    #[test]
    fn a_consumer_goes_when_its_service_reads_no_more_and_others_stay() {
        let planned: Vec<Consumer> = manifest::all().iter().flat_map(consumers).collect();
        let surplus = |durable: &str| is_surplus(&planned, "ORDER", durable);
        assert!(readers("ORDER").iter().all(|reader| !surplus(reader)));
        assert!(readers("ORDER").contains(&"product".into()) && surplus("auth"));
        assert!(!surplus("analytics"), "it is not ours");
    }

    #[test]
    fn a_user_publishes_no_events_but_its_own() {
        for m in manifest::all() {
            for subject in permissions(m).publish {
                let own = subject.starts_with(&format!("warung.{}.", m.name))
                    || subject.starts_with(&format!("warung.deadletter.{}.", m.name))
                    || subject.starts_with("$JS.");
                assert!(own, "{} may publish {subject}", m.name);
            }
        }
    }
}
