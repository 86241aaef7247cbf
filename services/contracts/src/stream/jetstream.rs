//! Streams and consumers as JetStream takes them.

use async_nats::jetstream::{
    consumer::{AckPolicy, DeliverPolicy, pull},
    stream::{Config, DiscardPolicy, RetentionPolicy, StorageType},
};

use super::{Consumer, Keeps, Stream};

impl From<&Stream> for Config {
    fn from(stream: &Stream) -> Self {
        Self {
            name: stream.name.clone(),
            subjects: stream.subjects.clone(),
            max_age: stream.max_age,
            max_bytes: stream.max_bytes,
            max_message_size: stream.max_message_bytes,
            duplicate_window: stream.duplicate_window,
            num_replicas: stream.replicas,
            retention: match stream.keeps {
                Keeps::Unread => RetentionPolicy::Interest,
                Keeps::All => RetentionPolicy::Limits,
            },
            discard: DiscardPolicy::New,
            storage: StorageType::File,
            ..Self::default()
        }
    }
}

impl From<&Consumer> for pull::Config {
    fn from(consumer: &Consumer) -> Self {
        Self {
            durable_name: Some(consumer.durable.clone()),
            filter_subjects: consumer.filter_subjects.clone(),
            ack_policy: AckPolicy::Explicit,
            deliver_policy: DeliverPolicy::All,
            ack_wait: consumer.ack_wait,
            max_ack_pending: consumer.max_ack_pending,
            max_deliver: consumer.max_deliver,
            ..Self::default()
        }
    }
}
