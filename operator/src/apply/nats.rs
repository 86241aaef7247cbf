//! Streams and durable consumers. Reads first: what is as it should be is left alone.

use std::time::Duration;

use async_nats::jetstream::consumer::{Consumer, pull};
use async_nats::jetstream::context::{Context, GetStreamErrorKind};
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, stream};

use futures::TryStreamExt;
use warung_contracts::stream::is_surplus;

use super::{Error, StoreAddresses, Writer};
use crate::plan::data::Streams;

/// How long a connection or an answer may take.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Makes streams and consumers that are missing and changes those that differ.
pub async fn provision(wanted: &Streams, stores: &StoreAddresses, writer: &Writer) -> Result<(), Error> {
    let context = connect(wanted, stores).await?;
    for one in &wanted.streams {
        let config = Config::from(one);
        let refused = |cause: String| refused(wanted, &format!("stream {}", one.name), cause);
        match context.get_stream(&one.name).await {
            Ok(live) => {
                if !same_stream(&config, &live.cached_info().config) {
                    writer.permit("update", "Stream")?;
                    context.update_stream(&config).await.map_err(|e| refused(e.to_string()))?;
                    tracing::info!(stream = one.name, "changed NATS");
                }
            }
            Err(error) if is_absent(&error) => {
                writer.permit("create", "Stream")?;
                context.create_stream(config).await.map_err(|e| refused(e.to_string()))?;
                tracing::info!(stream = one.name, "changed NATS");
            }
            Err(error) => return Err(refused(error.to_string())),
        }
    }
    for one in &wanted.consumers {
        consumer(wanted, one, &context, writer).await?;
    }
    Ok(())
}

/// Deletes consumers of services that read a stream no more: it would keep for them what they never acknowledge.
pub async fn prune(wanted: &Streams, stores: &StoreAddresses, writer: &Writer) -> Result<(), Error> {
    let context = connect(wanted, stores).await?;
    for one in &wanted.streams {
        let refused = |cause: String| refused(wanted, &format!("stream {}", one.name), cause);
        let live = context.get_stream(&one.name).await.map_err(|e| refused(e.to_string()))?;
        let names: Vec<String> =
            live.consumer_names().try_collect().await.map_err(|e| refused(e.to_string()))?;
        for name in names.iter().filter(|name| is_surplus(&wanted.consumers, &one.name, name)) {
            writer.permit("delete", "Consumer")?;
            live.delete_consumer(name).await.map_err(|e| refused(e.to_string()))?;
            tracing::info!(stream = one.name, consumer = name, "changed NATS");
        }
    }
    Ok(())
}

/// Deletes the streams of a Shop that goes with its data.
pub async fn remove(wanted: &Streams, stores: &StoreAddresses, writer: &Writer) -> Result<(), Error> {
    let context = connect(wanted, stores).await?;
    for one in &wanted.streams {
        match context.get_stream(&one.name).await {
            Ok(_) => {
                writer.permit("delete", "Stream")?;
                let deleted = context.delete_stream(&one.name).await;
                deleted.map_err(|e| refused(wanted, &format!("stream {}", one.name), e.to_string()))?;
            }
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(refused(wanted, &format!("stream {}", one.name), error.to_string())),
        }
    }
    Ok(())
}

async fn consumer(
    wanted: &Streams,
    one: &warung_contracts::stream::Consumer,
    context: &Context,
    writer: &Writer,
) -> Result<(), Error> {
    let what = format!("consumer {} of stream {}", one.durable, one.stream);
    let refused = |cause: String| refused(wanted, &what, cause);
    let config = pull::Config::from(one);
    let stream: stream::Stream = context.get_stream(&one.stream).await.map_err(|e| refused(e.to_string()))?;
    let live: Result<Consumer<pull::Config>, _> = stream.get_consumer(&one.durable).await;
    let verb = match live {
        Ok(live) if same_consumer(&config, &live.cached_info().config) => return Ok(()),
        Ok(_) => "update",
        Err(_) => "create",
    };
    writer.permit(verb, "Consumer")?;
    stream.create_consumer(config).await.map_err(|e| refused(e.to_string()))?;
    tracing::info!(stream = one.stream, consumer = one.durable, verb, "changed NATS");
    Ok(())
}

async fn connect(wanted: &Streams, stores: &StoreAddresses) -> Result<Context, Error> {
    let url = match stores.nats.as_ref().filter(|_| wanted.embedded) {
        Some(address) => format!("nats://{address}"),
        None => wanted.url.clone(),
    };
    let mut options = async_nats::ConnectOptions::new().connection_timeout(TIMEOUT).name("warung-operator");
    if let (Some(user), Some(password)) = (&wanted.user, &wanted.password) {
        options = options.user_and_password(user.clone(), password.clone());
    }
    let unreachable =
        |cause: String| Error::Unreachable { store: "NATS", address: wanted.address.clone(), cause };
    let connected = tokio::time::timeout(TIMEOUT * 2, options.connect(url)).await;
    let client = connected
        .map_err(|_| unreachable("no answer within 10 s".into()))?
        .map_err(|error| unreachable(error.to_string()))?;
    let mut context = jetstream::new(client);
    context.set_timeout(TIMEOUT);
    Ok(context)
}

fn refused(wanted: &Streams, what: &str, cause: String) -> Error {
    Error::StoreRefused { store: "NATS", address: wanted.address.clone(), what: what.into(), cause }
}

fn is_absent(error: &jetstream::context::GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(inner) if inner.code() == 404)
}

fn same_stream(wanted: &Config, live: &Config) -> bool {
    let key = |config: &Config| {
        (
            config.subjects.clone(),
            config.max_age,
            config.max_bytes,
            config.max_message_size,
            config.duplicate_window,
            config.num_replicas,
            config.retention,
            config.discard,
        )
    };
    key(wanted) == key(live)
}

fn same_consumer(wanted: &pull::Config, live: &jetstream::consumer::Config) -> bool {
    let mut subjects = live.filter_subjects.clone();
    if !live.filter_subject.is_empty() {
        subjects.push(live.filter_subject.clone());
    }
    subjects.sort_unstable();
    let mut planned = wanted.filter_subjects.clone();
    planned.sort_unstable();
    subjects == planned
        && live.ack_wait == wanted.ack_wait
        && live.max_ack_pending == wanted.max_ack_pending
        && live.max_deliver == wanted.max_deliver
}
