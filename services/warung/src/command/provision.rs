//! `warung provision`: streams and consumers where no operator makes them.

use anyhow::Context as _;
use async_nats::jetstream;
use futures::TryStreamExt as _;
use warung_chassis::{config::Env, service::BuildError};
use warung_contracts::{manifest, stream};

/// Makes every stream and durable consumer, or brings it to what the manifests say. Consumers of services that read a
/// stream no more are deleted.
///
/// # Errors
///
/// When NATS is away or refuses.
pub async fn run(env: &Env) -> Result<(), BuildError> {
    let url = env.get("provision", "WARUNG_NATS_URL").unwrap_or("nats://127.0.0.1:4222");
    let client = async_nats::connect(url).await.context("NATS does not answer at WARUNG_NATS_URL")?;
    let context = jetstream::new(client);
    for stream in stream::streams(manifest::all(), 1) {
        let name = stream.name.clone();
        context
            .create_or_update_stream(jetstream::stream::Config::from(&stream))
            .await
            .with_context(|| format!("NATS refused the stream {name}"))?;
    }
    let consumers: Vec<stream::Consumer> = manifest::all().iter().flat_map(stream::consumers).collect();
    for consumer in &consumers {
        context
            .create_consumer_on_stream(
                jetstream::consumer::pull::Config::from(consumer),
                consumer.stream.clone(),
            )
            .await
            .with_context(|| {
                format!("NATS refused the consumer {} of {}", consumer.durable, consumer.stream)
            })?;
    }
    for stream in stream::streams(manifest::all(), 1) {
        forget_readers(&context, &stream.name, &consumers)
            .await
            .with_context(|| format!("NATS keeps consumers of {} that nobody needs", stream.name))?;
    }
    Ok(())
}

async fn forget_readers(
    context: &jetstream::Context,
    stream: &str,
    planned: &[stream::Consumer],
) -> anyhow::Result<()> {
    let live = context.get_stream(stream).await?;
    let names: Vec<String> = live.consumer_names().try_collect().await?;
    for name in names.iter().filter(|name| stream::is_surplus(planned, stream, name)) {
        live.delete_consumer(name).await?;
    }
    Ok(())
}
