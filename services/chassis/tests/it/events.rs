//! Outbox, relay, inbox, retries and dead letters over a real JetStream.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_nats::jetstream::{self, consumer::PullConsumer};
use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;
use warung_chassis::{
    db::{Db, Tx},
    events::{Consumers, EventError, consumer::Reader},
    metrics::Metrics,
    outbox::relay::Relay,
    testing::TestApp,
};
use warung_contracts::{
    event::{Event, OrderCompleted},
    stream,
};

use crate::sample::{completed, service};

/// The events of one test, on a NATS of its own: subjects are the same in every shop.
struct Wire {
    jetstream: jetstream::Context,
    _stores: warung_testbed::stores::Stores,
}

impl Wire {
    async fn start() -> Self {
        let stores =
            tokio::task::spawn_blocking(warung_testbed::stores::Stores::start).await.unwrap().unwrap();
        let client = async_nats::connect(stores.nats_url()).await.unwrap();
        let jetstream = jetstream::new(client);
        for stream in stream::streams(warung_contracts::manifest::all(), 1) {
            jetstream.create_stream(jetstream::stream::Config::from(&stream)).await.unwrap();
        }
        Self { jetstream, _stores: stores }
    }

    /// What a stream holds, oldest first.
    async fn all(&self, stream: &str, wanted: usize) -> Vec<jetstream::Message> {
        let stream = self.jetstream.get_stream(stream).await.unwrap();
        let consumer: PullConsumer =
            stream.create_consumer(jetstream::consumer::pull::Config::default()).await.unwrap();
        let messages = consumer.messages().await.unwrap();
        let collected: Vec<_> =
            tokio::time::timeout(Duration::from_secs(20), messages.take(wanted).collect::<Vec<_>>())
                .await
                .expect("the messages arrive");
        collected.into_iter().map(Result::unwrap).collect()
    }
}

fn relay(db: &Db, wire: &Wire, stop: &CancellationToken) -> tokio::task::JoinHandle<anyhow::Result<()>> {
    let relay = Relay { service: "order".into(), pool: db.pool().clone(), jetstream: wire.jetstream.clone() };
    tokio::spawn(relay.run(stop.clone()))
}

async fn emit(db: &Db, n: u128) {
    let mut tx = db.begin().await.unwrap();
    tx.emit(&completed(n)).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_was_committed_is_published_once_and_what_was_not_never() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let mut lost = db.begin().await.unwrap();
    lost.emit(&completed(99)).await.unwrap();
    drop(lost);
    emit(&db, 1).await;

    let stop = CancellationToken::new();
    // Two relays, as two replicas have: one leads.
    let relays = [relay(&db, &wire, &stop), relay(&db, &wire, &stop)];
    emit(&db, 2).await;
    let messages = wire.all("ORDER", 2).await;
    let orders: Vec<OrderCompleted> =
        messages.iter().map(|message| serde_json::from_slice(&message.payload).unwrap()).collect();
    assert_eq!(orders, [completed(1), completed(2)]);
    let headers = messages[0].headers.as_ref().unwrap();
    for (name, value) in [
        ("ce-specversion", "1.0"),
        ("ce-type", OrderCompleted::TYPE),
        ("ce-source", "/services/order"),
        ("content-type", "application/json"),
    ] {
        assert_eq!(headers.get(name).unwrap().as_str(), value);
    }
    assert_eq!(headers.get("ce-id").unwrap().as_str(), headers.get("Nats-Msg-Id").unwrap().as_str());
    assert_eq!(messages[0].subject.as_str(), OrderCompleted::TYPE);

    stop.cancel();
    for relay in relays {
        relay.await.unwrap().unwrap();
    }
    assert!(app.published().await.is_empty(), "the outbox is empty");
    let stream = wire.jetstream.get_stream("ORDER").await.unwrap();
    assert_eq!(stream.cached_info().state.messages, 2);
    app.stop().await;
}

fn reader(consumers: Consumers, wire: &Wire, metrics: Arc<Metrics>) -> Reader {
    let consumer = stream::Consumer {
        stream: "ORDER".into(),
        durable: "test".into(),
        filter_subjects: vec![OrderCompleted::TYPE.into()],
        ack_wait: Duration::from_secs(30),
        max_ack_pending: 100,
        max_deliver: -1,
    };
    Reader { service: "order".into(), consumer, consumers, jetstream: wire.jetstream.clone(), metrics }
}

#[tokio::test]
async fn an_event_acts_once_is_tried_again_or_is_dead_lettered_with_its_reason() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let counted = tries.clone();
    let consumers = Consumers::new().on::<OrderCompleted, _>(&db, move |tx: &mut Tx, event| {
        let counted = counted.clone();
        Box::pin(async move {
            sqlx::query("INSERT INTO notes (text) VALUES ($1)")
                .bind(&event.number)
                .execute(tx.conn())
                .await?;
            match event.number.as_str() {
                "T-2" if counted.fetch_add(1, Ordering::Relaxed) < 2 => {
                    Err(EventError::NotYet("wait for it".into()))
                }
                "T-3" => Err(EventError::Invalid("it makes\nno sense".into())),
                _ => Ok(()),
            }
        })
    });
    let reader = reader(consumers, &wire, app.metrics.clone());
    wire.jetstream
        .create_consumer_on_stream(jetstream::consumer::pull::Config::from(&reader.consumer), "ORDER")
        .await
        .unwrap();
    let stop = CancellationToken::new();
    let running = tokio::spawn(reader.run(stop.clone()));
    let relaying = relay(&db, &wire, &stop);
    for n in 1..=3 {
        emit(&db, n).await;
    }
    // The dead letter is the last to arrive for number 3; number 2 needs two more deliveries.
    let dead = wire.all("DEADLETTER", 1).await;
    let headers = dead[0].headers.as_ref().unwrap();
    assert_eq!(headers.get("warung-reason").unwrap().as_str(), "it makes no sense");
    assert_eq!(headers.get("warung-origin").unwrap().as_str(), OrderCompleted::TYPE);
    assert_eq!(dead[0].subject.as_str(), "warung.deadletter.order.order.completed.v1");

    let pool = db.pool();
    for _ in 0..400 {
        let handled: i64 = sqlx::query_scalar("SELECT count(*) FROM inbox").fetch_one(pool).await.unwrap();
        if handled == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    let mut notes: Vec<String> = sqlx::query_scalar("SELECT text FROM notes").fetch_all(pool).await.unwrap();
    notes.sort();
    assert_eq!(notes, ["T-1", "T-2"], "what failed left no trace");
    assert_eq!(tries.load(Ordering::Relaxed), 3);
    stop.cancel();
    running.await.unwrap().unwrap();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn the_same_event_twice_has_one_effect() {
    let app = TestApp::start(service(), &[]).await;
    let db = app.db.clone().unwrap();
    let consumers = Consumers::new().on::<OrderCompleted, _>(&db, |tx: &mut Tx, event| {
        Box::pin(async move {
            sqlx::query("INSERT INTO notes (text) VALUES ($1)").bind(event.number).execute(tx.conn()).await?;
            Ok(())
        })
    });
    let delivery = warung_chassis::events::Delivery {
        id: uuid::Uuid::now_v7(),
        event_type: OrderCompleted::TYPE.into(),
        data: serde_json::to_vec(&completed(1)).unwrap(),
    };
    // At the same time, as two replicas would.
    let results = futures::future::join_all((0..5).map(|_| consumers.deliver(delivery.clone()))).await;
    let done =
        results.iter().filter(|r| matches!(r, Ok(warung_chassis::events::handler::Effect::Done))).count();
    assert_eq!(done, 1, "{results:?}");
    let notes: i64 = sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(db.pool()).await.unwrap();
    assert_eq!(notes, 1);
    app.stop().await;
}
