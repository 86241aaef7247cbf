//! How events travel: JetStream streams, durable consumers and who may touch which subject.
//!
//! One stream an owner, one durable pull consumer for each pair of owner and reader. The operator makes them in a
//! cluster and `warung provision` makes them elsewhere; services only use them, with a NATS user that can do no more.

#[cfg(feature = "jetstream")]
pub mod jetstream;

use std::time::Duration;

use crate::manifest::Manifest;

/// Stream of events that a consumer could not process.
pub const DEADLETTER_STREAM: &str = "DEADLETTER";
/// Subjects of [`DEADLETTER_STREAM`]: `warung.deadletter.<service>.<event type>`.
pub const DEADLETTER_SUBJECTS: &str = "warung.deadletter.>";

/// A JetStream stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    pub name: String,
    pub subjects: Vec<String>,
    /// How long messages are kept.
    pub max_age: Duration,
    /// Bytes kept at most; the oldest go first.
    pub max_bytes: i64,
    /// Bytes of one message at most.
    pub max_message_bytes: i32,
    /// How long a message id is remembered, so that a repeated publish is dropped.
    pub duplicate_window: Duration,
    /// Copies; 1 on a single server.
    pub replicas: usize,
}

/// A durable pull consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consumer {
    pub stream: String,
    pub durable: String,
    pub filter_subjects: Vec<String>,
    /// How long an unacknowledged message stays with its reader.
    pub ack_wait: Duration,
    /// Messages in flight at most.
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
    let day = Duration::from_secs(24 * 3600);
    let stream = |name: String, subjects: String, max_age| Stream {
        name,
        subjects: vec![subjects],
        max_age,
        max_bytes: 256 * 1024 * 1024,
        max_message_bytes: 256 * 1024,
        // Longer than a relay can be stuck between a publish and marking its row, short enough for memory.
        duplicate_window: Duration::from_secs(2 * 60),
        replicas,
    };
    let mut all: Vec<Stream> = manifests
        .iter()
        .filter_map(|m| m.stream().map(|name| stream(name, format!("warung.{}.>", m.name), day * 7)))
        .collect();
    all.push(stream(DEADLETTER_STREAM.into(), DEADLETTER_SUBJECTS.into(), day * 30));
    all
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
            max_ack_pending: 512,
            // -1: no limit on the server; the chassis counts deliveries and dead-letters with a reason.
            max_deliver: -1,
        })
        .collect()
}

/// Prefix of the reply subjects of a service's NATS user.
pub fn inbox_prefix(service: &str) -> String {
    format!("_INBOX_{service}")
}

/// What a service's NATS user may publish and subscribe to: its own events, its own consumers, its own replies.
pub fn permissions(manifest: &Manifest) -> Permissions {
    let name = &manifest.name;
    let mut publish = vec![format!("warung.deadletter.{name}.>")];
    if !manifest.publishes.is_empty() {
        publish.push(format!("warung.{name}.>"));
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
