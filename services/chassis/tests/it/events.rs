//! Inbox, retries and dead letters over a real JetStream.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use async_nats::jetstream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use warung_chassis::{
    db::Tx,
    events::{
        Consumers, Delivery, EventError, Group,
        consumer::Reader,
        handler::{Effect, Incoming},
        letters::{Letters, Which},
    },
    metrics::Metrics,
    testing::{self, TestApp, eventually},
};
use warung_contracts::{
    event::{Event, OrderCompleted},
    stream,
};

use crate::{
    sample::{completed, service},
    wire::{Wire, emit, relay, start},
};

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

/// Makes the reader's consumer, and lets it read.
async fn reading(reader: Reader, stop: &CancellationToken) -> JoinHandle<anyhow::Result<()>> {
    let config = jetstream::consumer::pull::Config::from(&reader.consumer);
    reader.jetstream.create_consumer_on_stream(config, "ORDER").await.unwrap();
    tokio::spawn(reader.run(stop.clone()))
}

/// The notes in order, once so many events were handled.
async fn notes_after(pool: &sqlx::PgPool, handled: i64) -> Vec<String> {
    eventually("so many events are handled", async || {
        let so_far: i64 = sqlx::query_scalar("SELECT count(*) FROM inbox").fetch_one(pool).await.unwrap();
        (so_far == handled).then_some(())
    })
    .await;
    sqlx::query_scalar("SELECT text FROM notes ORDER BY text").fetch_all(pool).await.unwrap()
}

#[tokio::test]
async fn an_event_acts_once_is_tried_again_or_is_dead_lettered_and_replayed_after_mending() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let mended = Arc::new(AtomicBool::new(false));
    let (counted, works) = (tries.clone(), mended.clone());
    let consumers = Consumers::new().on::<OrderCompleted, _>(&db, move |tx: &mut Tx, event| {
        let (counted, works) = (counted.clone(), works.clone());
        Box::pin(async move {
            sqlx::query("INSERT INTO notes (text) VALUES ($1)")
                .bind(&event.number)
                .execute(tx.conn())
                .await?;
            match event.number.as_str() {
                "T-2" if counted.fetch_add(1, Ordering::Relaxed) < 2 => {
                    Err(EventError::NotYet("wait for it".into()))
                }
                "T-3" if !works.load(Ordering::Relaxed) => {
                    Err(EventError::Invalid("it makes\nno sense".into()))
                }
                _ => Ok(()),
            }
        })
    });
    let stop = CancellationToken::new();
    let running = reading(reader(consumers, &wire, app.metrics.clone()), &stop).await;
    let relaying = start(relay(&db, &wire.jetstream), &stop);
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
    assert_eq!(notes_after(pool, 2).await, ["T-1", "T-2"], "what failed left no trace");
    assert_eq!(tries.load(Ordering::Relaxed), 3);

    let letters = Letters::open(wire.jetstream.clone()).await.unwrap();
    let others = Which { service: Some("cart".into()), ..Which::default() };
    assert!(letters.list(&others, 10).await.unwrap().is_empty(), "cart gave nothing up");
    let listed = letters.list(&Which::default(), 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].service.as_str(), listed[0].reason.as_str()), ("order", "it makes no sense"));
    let about = async |about: String| {
        letters.list(&Which { about: Some(about), ..Which::default() }, 10).await.unwrap().len()
    };
    let (event, other) = (completed(3), completed(4));
    assert_eq!(about(event.order_id.to_string()).await, 1, "by its aggregate");
    assert_eq!(
        (about(event.user_id.to_string()).await, about("t-3".into()).await),
        (1, 1),
        "by what it names"
    );
    assert_eq!((about(other.order_id.to_string()).await, about("T-".into()).await), (0, 0));
    let shown = letters.get(listed[0].sequence).await.unwrap();
    assert!(shown.data.unwrap().get().contains("T-3"));

    mended.store(true, Ordering::Relaxed);
    letters.replay(listed[0].sequence).await.unwrap();
    assert_eq!(notes_after(pool, 3).await, ["T-1", "T-2", "T-3"], "it acts once the fault is mended");
    let of_type = Which { event_type: Some(OrderCompleted::TYPE.into()), ..Which::default() };
    assert!(letters.list(&of_type, 10).await.unwrap().is_empty(), "a letter sent again is no letter");
    assert!(letters.get(listed[0].sequence).await.is_err());
    stop.cancel();
    running.await.unwrap().unwrap();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_replay_that_fails_again_leaves_a_letter_again() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let consumers = Consumers::new().on::<OrderCompleted, _>(&db, |_: &mut Tx, _| {
        Box::pin(async { Err(EventError::Invalid("not mended yet".into())) })
    });
    let stop = CancellationToken::new();
    let reading = reading(reader(consumers, &wire, app.metrics.clone()), &stop).await;
    let relaying = start(relay(&db, &wire.jetstream), &stop);
    emit(&db, 1).await;
    let letters = Letters::open(wire.jetstream.clone()).await.unwrap();
    for sequence in 1..=3 {
        wire.all("DEADLETTER", 1).await;
        let listed = letters.list(&Which::default(), 10).await.unwrap();
        assert_eq!(listed.iter().map(|letter| letter.sequence).collect::<Vec<_>>(), [sequence]);
        letters.replay(sequence).await.unwrap();
    }
    stop.cancel();
    reading.await.unwrap().unwrap();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

/// Waits for three more tries.
async fn tried_again(tries: &AtomicU32) {
    let before = tries.load(Ordering::Relaxed);
    eventually("an event that comes again", async || {
        (tries.load(Ordering::Relaxed) >= before + 3).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_event_that_can_not_be_dead_lettered_comes_again_until_it_can() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let tries = Arc::new(AtomicU32::new(0));
    let counted = tries.clone();
    let consumers = Consumers::new().on::<OrderCompleted, _>(&db, move |_: &mut Tx, _| {
        counted.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Err(EventError::Invalid("it makes no sense".into())) })
    });
    let stop = CancellationToken::new();
    let reading = reading(reader(consumers, &wire, app.metrics.clone()), &stop).await;
    let relaying = start(relay(&db, &wire.jetstream), &stop);
    let streams = stream::streams(warung_contracts::manifest::all(), 1);
    let letters = streams.into_iter().find(|stream| stream.name == stream::DEADLETTER_STREAM).unwrap();
    let letters = || jetstream::stream::Config::from(&letters);
    let number = async || {
        let dead = wire.all("DEADLETTER", 1).await.remove(0);
        serde_json::from_slice::<OrderCompleted>(&dead.payload).unwrap().number
    };

    // No room among the letters.
    let full = jetstream::stream::Config { max_messages: 1, ..letters() };
    wire.jetstream.update_stream(full).await.unwrap();
    wire.jetstream.publish("warung.deadletter.cart.filler", "{}".into()).await.unwrap().await.unwrap();
    emit(&db, 1).await;
    tried_again(&tries).await;
    wire.jetstream.get_stream("DEADLETTER").await.unwrap().purge().await.unwrap();
    assert_eq!(number().await, "T-1");

    // No letters at all.
    wire.jetstream.delete_stream("DEADLETTER").await.unwrap();
    emit(&db, 2).await;
    tried_again(&tries).await;
    wire.jetstream.create_stream(letters()).await.unwrap();
    assert_eq!(number().await, "T-2");
    stop.cancel();
    reading.await.unwrap().unwrap();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn the_largest_event_finds_room_among_the_letters_with_the_longest_reason() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let consumers = Consumers::new().on::<OrderCompleted, _>(&db, |_: &mut Tx, _| {
        Box::pin(async { Err(EventError::Invalid("é".repeat(10_000))) })
    });
    let stop = CancellationToken::new();
    let reading = reading(reader(consumers, &wire, app.metrics.clone()), &stop).await;
    let relaying = start(relay(&db, &wire.jetstream), &stop);
    let mut tx = db.begin().await.unwrap();
    let number = "n".repeat(stream::EVENT_BYTES_MAX - 200);
    tx.emit(&OrderCompleted { number, ..completed(1) }).await.unwrap();
    tx.commit().await.unwrap();
    let dead = wire.all("DEADLETTER", 1).await;
    assert!(dead[0].payload.len() > stream::EVENT_BYTES_MAX - 200);
    stop.cancel();
    reading.await.unwrap().unwrap();
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
    let delivery = Delivery {
        id: uuid::Uuid::now_v7(),
        event_type: OrderCompleted::TYPE.into(),
        data: serde_json::to_vec(&completed(1)).unwrap(),
    };
    // At the same time, as two replicas would.
    let results = futures::future::join_all((0..5).map(|_| consumers.deliver(delivery.clone()))).await;
    let done = results.iter().filter(|r| matches!(r, Ok(Effect::Done))).count();
    assert_eq!(done, 1, "{results:?}");
    let notes: i64 = sqlx::query_scalar("SELECT count(*) FROM notes").fetch_one(db.pool()).await.unwrap();
    assert_eq!(notes, 1);
    app.stop().await;
}

/// An event that says of aggregate `of` that it is the `nth`.
fn incoming(of: u128, nth: u32) -> Incoming {
    let event = OrderCompleted { number: format!("T-{of}-{nth}"), ..completed(of) };
    testing::incoming(&event)
}

fn notes(db: &warung_chassis::db::Db) -> Consumers {
    Consumers::new().on::<OrderCompleted, _>(db, |tx: &mut Tx, event| {
        Box::pin(async move {
            if event.number.ends_with("-9") {
                return Err(EventError::NotYet("wait for it".into()));
            }
            sqlx::query("INSERT INTO notes (text) VALUES ($1)")
                .bind(&event.number)
                .execute(tx.conn())
                .await?;
            Ok(tx.emit(&event).await?)
        })
    })
}

async fn column<T>(db: &warung_chassis::db::Db, statement: &'static str) -> Vec<T>
where
    T: sqlx::Type<sqlx::Postgres> + for<'r> sqlx::Decode<'r, sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(statement).fetch_all(db.pool()).await.unwrap()
}

#[tokio::test]
async fn what_comes_together_is_one_transaction_in_the_order_of_each_aggregate() {
    let app = TestApp::start(service(), &[]).await;
    let db = app.db.clone().unwrap();
    let mut batch: Vec<Incoming> = (1..=6).flat_map(|nth| [incoming(3, nth), incoming(1, nth)]).collect();
    batch.push(batch[0].clone());
    let results = notes(&db).deliver_all(&batch).await;
    let done = results.iter().filter(|result| matches!(result, Ok(Effect::Done))).count();
    assert_eq!((done, results.len()), (12, 13), "{results:?}");
    assert!(matches!(results[12], Ok(Effect::Duplicate)), "the same event twice in one batch");
    let one: Vec<i64> = column(&db, "SELECT count(DISTINCT xmin::text) FROM inbox").await;
    assert_eq!(one, [1], "one transaction");
    let told: Vec<String> = column(&db, "SELECT data::json->>'number' FROM outbox ORDER BY position").await;
    let expected: Vec<String> =
        [1, 3].iter().flat_map(|of| (1..=6).map(move |nth| format!("T-{of}-{nth}"))).collect();
    assert_eq!(told, expected);
    app.stop().await;
}

/// Notes what was heard together, in one row.
fn chorus(db: &warung_chassis::db::Db) -> Consumers {
    let group = Group::<OrderCompleted>::default().with::<OrderCompleted>();
    Consumers::new().singly().on_group(db, group, |tx: &mut Tx, heard| {
        Box::pin(async move {
            let numbers: Vec<String> = heard.into_iter().map(|heard| heard.event.number).collect();
            if numbers.iter().any(|number| number.ends_with("-9")) {
                return Err(EventError::NotYet("wait for it".into()));
            }
            let text = numbers.join(" ");
            sqlx::query("INSERT INTO notes (text) VALUES ($1)").bind(text).execute(tx.conn()).await?;
            Ok(())
        })
    })
}

#[tokio::test]
async fn a_group_hears_all_at_once_and_what_fails_fails_alone() {
    let app = TestApp::start(service(), &[]).await;
    let db = app.db.clone().unwrap();
    let batch = [incoming(2, 1), incoming(1, 1), incoming(2, 2), incoming(1, 2)];
    let again = [batch[1].clone(), incoming(1, 3)];
    assert!(chorus(&db).deliver_all(&batch).await.iter().all(|result| matches!(result, Ok(Effect::Done))));
    let results = chorus(&db).deliver_all(&again).await;
    assert!(matches!(results.as_slice(), [Ok(Effect::Duplicate), Ok(Effect::Done)]), "{results:?}");
    let noted: Vec<String> = column(&db, "SELECT text FROM notes ORDER BY ctid").await;
    assert_eq!(noted, ["T-1-1 T-1-2 T-2-1 T-2-2", "T-1-3"]);
    let results = chorus(&db).deliver_all(&[incoming(3, 1), incoming(4, 9), incoming(5, 1)]).await;
    assert!(
        matches!(results.as_slice(), [Ok(Effect::Done), Err(EventError::NotYet(_)), Ok(Effect::Done)]),
        "{results:?}"
    );
    let noted: Vec<String> = column(&db, "SELECT text FROM notes ORDER BY ctid OFFSET 2").await;
    assert_eq!(noted, ["T-3-1", "T-5-1"]);
    app.stop().await;
}

#[tokio::test]
async fn an_event_that_fails_fails_alone() {
    let app = TestApp::start(service(), &[]).await;
    let db = app.db.clone().unwrap();
    let batch = [incoming(1, 1), incoming(2, 9), incoming(3, 1), incoming(2, 1)];
    let results = notes(&db).deliver_all(&batch).await;
    assert!(matches!(
        results.as_slice(),
        [Ok(Effect::Done), Err(EventError::NotYet(_)), Ok(Effect::Done), Ok(Effect::Done)]
    ));
    let mut noted: Vec<String> = column(&db, "SELECT text FROM notes").await;
    noted.sort();
    assert_eq!(noted, ["T-1-1", "T-2-1", "T-3-1"]);
    assert_eq!(app.published().await.len(), 3, "what was rolled back told nothing");
    let again = notes(&db).deliver_all(&batch).await;
    assert!(matches!(again[0], Ok(Effect::Duplicate)) && matches!(again[1], Err(EventError::NotYet(_))));
    app.stop().await;
}

#[tokio::test]
async fn a_statement_that_ran_out_of_time_is_tried_again_for_hours() {
    let app = TestApp::start(service(), &[]).await;
    let mut tx = app.db.as_ref().unwrap().pool().begin().await.unwrap();
    sqlx::query("SET LOCAL statement_timeout = 20").execute(&mut *tx).await.unwrap();
    let error = sqlx::query("SELECT pg_sleep(3600)").execute(&mut *tx).await.unwrap_err();
    assert!(matches!(EventError::from(error), EventError::NotYet(_)));
    drop(tx);
    app.stop().await;
}
