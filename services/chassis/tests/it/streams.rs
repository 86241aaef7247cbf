//! What streams keep: all that a reader has not acknowledged, and nothing else. Who is behind can be seen.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::{self, consumer::pull, stream::Config};
use futures::StreamExt as _;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use warung_chassis::{
    db::Db,
    events::unread::Watch,
    metrics::Metrics,
    outbox,
    testing::{TestApp, eventually},
};
use warung_contracts::{
    event::OrderCompleted,
    manifest,
    stream::{self, Stream},
};

use crate::{
    sample::{completed, service},
    wire::{WITNESS, Wire, emit, relay, start},
};

fn order() -> Stream {
    let streams = stream::streams(manifest::all(), 1);
    streams.into_iter().find(|stream| stream.name == "ORDER").unwrap()
}

/// A reader of all that order tells, under the name of one of its readers.
async fn reader(wire: &Wire) -> jetstream::consumer::PullConsumer {
    let stream = wire.jetstream.get_stream("ORDER").await.unwrap();
    let config = pull::Config { durable_name: Some("product".into()), ..Default::default() };
    stream.create_consumer(config).await.unwrap()
}

/// Reads so many events and acknowledges them; says of which orders they are.
async fn read(reader: &jetstream::consumer::PullConsumer, wanted: usize) -> Vec<String> {
    let mut numbers = Vec::new();
    eventually("so many messages", async || {
        let more = reader.fetch().max_messages(wanted - numbers.len()).messages();
        let mut messages = more.await.unwrap();
        while let Some(message) = messages.next().await {
            let message = message.unwrap();
            message.double_ack().await.unwrap();
            let event: OrderCompleted = serde_json::from_slice(&message.payload).unwrap();
            numbers.push(event.number);
        }
        (numbers.len() >= wanted).then_some(())
    })
    .await;
    numbers
}

/// Waits until no more and no fewer messages than this are in the stream.
async fn keeps(wire: &Wire, messages: u64) {
    eventually(&format!("{messages} messages in the stream"), async || {
        let stream = wire.jetstream.get_stream("ORDER").await.unwrap();
        (stream.cached_info().state.messages == messages).then_some(())
    })
    .await;
}

/// Waits until the relay has put into the stream what it takes; how many events wait outside.
async fn outside(db: &Db) -> i64 {
    let (mut last, mut same) = (0, 0);
    eventually("a full stream", async || {
        let (waiting, _) = outbox::store::lag(db.pool()).await.unwrap();
        same = if waiting == last { same + 1 } else { 0 };
        last = waiting;
        (waiting < 100 && same >= 50).then_some(waiting)
    })
    .await
}

#[tokio::test]
async fn what_a_reader_that_is_away_has_not_read_waits_for_it_in_the_stream_and_then_in_the_outbox() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let stream = wire.jetstream.get_stream("ORDER").await.unwrap();
    stream.delete_consumer(WITNESS).await.unwrap();
    let reader = reader(&wire).await;
    let small = Config { max_bytes: 16 * 1024, ..Config::from(&order()) };
    wire.jetstream.update_stream(small).await.unwrap();
    for n in 1..=100 {
        emit(&db, n).await;
    }
    let stop = CancellationToken::new();
    let relaying = start(relay(&db, &wire.jetstream), &stop);
    assert!(outside(&db).await > 0, "the stream holds more than it may");

    let mut numbers = read(&reader, 100).await;
    numbers.sort_by_key(|number| number[2..].parse::<u32>().unwrap());
    let all: Vec<String> = (1..=100).map(|n| completed(n).number).collect();
    assert_eq!(numbers, all, "none is lost");
    // What all have read goes.
    keeps(&wire, 0).await;
    stop.cancel();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_stream_of_an_older_release_becomes_one_that_keeps_what_is_unread() {
    let wire = Wire::start().await;
    let stream = wire.jetstream.get_stream("ORDER").await.unwrap();
    stream.delete_consumer(WITNESS).await.unwrap();
    wire.jetstream.delete_stream("ORDER").await.unwrap();
    let old = Config {
        retention: jetstream::stream::RetentionPolicy::Limits,
        discard: jetstream::stream::DiscardPolicy::Old,
        ..Config::from(&order())
    };
    wire.jetstream.create_stream(old).await.unwrap();
    let reader = reader(&wire).await;
    for n in 1..=3 {
        let data = serde_json::to_vec(&completed(n)).unwrap();
        wire.jetstream.publish("warung.order.completed.v1", data.into()).await.unwrap().await.unwrap();
    }
    assert_eq!(read(&reader, 1).await, ["T-1"]);
    wire.jetstream.update_stream(Config::from(&order())).await.unwrap();
    // What was read goes.
    keeps(&wire, 2).await;
    assert_eq!(read(&reader, 2).await, ["T-2", "T-3"], "what was not read stays");
    keeps(&wire, 0).await;
}

#[tokio::test]
async fn its_owner_shows_who_is_behind_by_how_much_and_since_when() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let ours = stream::readers("ORDER");
    let stream = wire.jetstream.get_stream("ORDER").await.unwrap();
    for name in ours.iter().filter(|name| *name != "product") {
        let config = pull::Config { durable_name: Some(name.clone()), ..Default::default() };
        stream.create_consumer(config).await.unwrap();
    }
    let product = reader(&wire).await;
    let metrics = Arc::new(Metrics::new("order"));
    let mut watch = Watch::new("ORDER".into(), wire.jetstream.clone(), &metrics);
    let shown = |name: &str| {
        let line = format!("warung_events_unread{name}{{service=\"order\",reader=\"product\"}} ");
        let text = metrics.render();
        let value = text.lines().find_map(|text| text.strip_prefix(&line)).map(str::to_owned);
        value.unwrap_or_else(|| panic!("no {line} in {text}"))
    };
    let began = Instant::now();
    watch.look(began).await.unwrap();
    assert_eq!((shown("").as_str(), shown("_age_seconds").as_str()), ("0", "0"));

    let stop = CancellationToken::new();
    let relaying = start(relay(&db, &wire.jetstream), &stop);
    for n in 1..=3 {
        emit(&db, n).await;
    }
    wire.all("ORDER", 3).await;
    watch.look(began + Duration::from_secs(600)).await.unwrap();
    assert_eq!((shown("").as_str(), shown("_age_seconds").as_str()), ("3", "600"));
    read(&product, 1).await;
    watch.look(began + Duration::from_secs(660)).await.unwrap();
    assert_eq!((shown("").as_str(), shown("_age_seconds").as_str()), ("2", "0"), "it goes on");
    assert!(metrics.render().contains("warung_event_stream_bytes_max{service=\"order\"} 268435456"));
    stop.cancel();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}
