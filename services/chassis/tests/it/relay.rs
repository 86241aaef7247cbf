//! The relay: two replicas, a process that dies, a NATS that is away.

use std::{collections::BTreeMap, time::Duration};

use async_nats::jetstream;
use axum::response::IntoResponse as _;
use tokio_util::sync::CancellationToken;
use warung_chassis::{
    db::Db,
    error,
    http::Problem,
    outbox::relay::{POLL, Relay},
    testing::{TestApp, eventually},
};
use warung_contracts::{
    event::{Event, OrderCompleted},
    stream,
};

use crate::{
    sample::{completed, service},
    wire::{Wire, emit, relay, start},
};

/// Long enough to be no part of a test: what happens, happened by a wake-up.
const NEVER: Duration = Duration::from_secs(3600);
/// Events of an hour, in which NATS took none.
const BACKLOG: i64 = 50_000;
const AGGREGATES: i64 = 500;
/// Megabytes the process may grow by while it catches up: a batch, not the backlog.
const GROWTH_MAX: i64 = 64;

/// The same database as another process sees it.
fn elsewhere(app: &TestApp) -> Db {
    Db::new(app.db.as_ref().unwrap().pool().clone(), app.clock.clone())
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
    let relays = [db.clone(), elsewhere(&app)].map(|db| start(relay(&db, &wire.jetstream), &stop));
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

#[tokio::test]
async fn a_replica_that_does_not_lead_is_heard_without_a_poll() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let (leading, standing_by) = (app.db.clone().unwrap(), elsewhere(&app));
    let stop = CancellationToken::new();
    let blind = |db: &Db| Relay { poll: NEVER, ..relay(db, &wire.jetstream) };
    let leader = start(blind(&leading), &stop);
    emit(&leading, 1).await;
    assert_eq!(wire.all("ORDER", 1).await.len(), 1, "it leads now");
    let standby = start(blind(&standing_by), &stop);
    for n in 2..=4 {
        emit(&standing_by, n).await;
        wire.all("ORDER", n as usize).await;
    }
    emit(&leading, 5).await;
    assert_eq!(wire.all("ORDER", 5).await.len(), 5);
    // Whoever takes over finds what was committed elsewhere.
    leader.abort();
    emit(&leading, 6).await;
    assert_eq!(wire.all("ORDER", 6).await.len(), 6);
    stop.cancel();
    standby.await.unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn a_commit_of_a_process_that_died_before_it_woke_the_relay_is_found_by_the_poll() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let stop = CancellationToken::new();
    let relaying = start(relay(app.db.as_ref().unwrap(), &wire.jetstream), &stop);
    // Nobody listens to the bell of this process any more.
    let dead = elsewhere(&app);
    for n in 1..=2 {
        tokio::time::sleep(POLL / 4).await;
        emit(&dead, n).await;
        assert_eq!(wire.all("ORDER", n as usize).await.len(), n as usize);
    }
    stop.cancel();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn what_piled_up_in_an_hour_is_published_in_order_and_little_memory_is_taken() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let gate = wire.gate().await;
    let db = app.db.clone().unwrap();
    let data = serde_json::to_string(&completed(1)).unwrap();
    sqlx::query(
        "INSERT INTO outbox (event_id, event_type, aggregate, data, created_at) \
         SELECT gen_random_uuid(), $1, 'a' || n % $2, replace($3, 'T-1', 'T-' || n), \
         now() - (1 - n / $4::float8) * interval '1 hour' FROM generate_series(1, $4) n",
    )
    .bind(OrderCompleted::TYPE)
    .bind(AGGREGATES)
    .bind(data)
    .bind(BACKLOG)
    .execute(db.pool())
    .await
    .unwrap();

    let stop = CancellationToken::new();
    let relaying = start(relay(&db, &gate.jetstream().await), &stop);
    let before = resident();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let lag = warung_chassis::outbox::store::lag(db.pool()).await.unwrap();
    assert_eq!(lag.0, BACKLOG, "nothing is lost while NATS is away");
    // The first are long past what NATS knows again (`duplicate_window`): a relay that looked at their age would show.
    let old = "SELECT min(created_at) < now() - interval '50 minutes' FROM outbox";
    assert!(sqlx::query_scalar::<_, bool>(old).fetch_one(db.pool()).await.unwrap());
    gate.set_open(true);
    let mut highest = before;
    // Once more, in the middle of it.
    let mut cut = false;
    eventually("the end of the backlog", async || {
        let (left, _) = warung_chassis::outbox::store::lag(db.pool()).await.unwrap();
        highest = highest.max(resident());
        if !cut && left < BACKLOG / 2 {
            cut = true;
            gate.set_open(false);
            tokio::time::sleep(Duration::from_millis(200)).await;
            gate.set_open(true);
        }
        (left == 0).then_some(())
    })
    .await;
    assert!(highest - before < GROWTH_MAX, "{before} MB grew to {highest} MB");

    let mut last: BTreeMap<String, u64> = BTreeMap::new();
    let messages = wire.all("ORDER", usize::try_from(BACKLOG).unwrap()).await;
    for message in messages {
        let aggregate = message.headers.as_ref().unwrap().get("ce-subject").unwrap().as_str().to_owned();
        let event: OrderCompleted = serde_json::from_slice(&message.payload).unwrap();
        let n: u64 = event.number.trim_start_matches("T-").parse().unwrap();
        let before = last.insert(aggregate.clone(), n);
        assert!(before.is_none_or(|before| before < n), "{aggregate}: {n} came after {before:?}");
    }
    let stream = wire.jetstream.get_stream("ORDER").await.unwrap();
    assert_eq!(stream.cached_info().state.messages, u64::try_from(BACKLOG).unwrap(), "each once");
    stop.cancel();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

/// Waits until so many events are left in the outbox.
async fn left(db: &Db, wanted: i64) {
    eventually("so many events are left in the outbox", async || {
        let (left, _) = warung_chassis::outbox::store::lag(db.pool()).await.unwrap();
        (left == wanted).then_some(())
    })
    .await;
}

#[tokio::test]
async fn an_event_that_nats_refuses_holds_its_aggregate_and_nobody_else() {
    let app = TestApp::start(service(), &[]).await;
    let wire = Wire::start().await;
    let db = app.db.clone().unwrap();
    let stop = CancellationToken::new();
    let relay = relay(&db, &wire.jetstream);
    let refused = relay.refused.clone();
    let stream = wire.jetstream.get_stream("ORDER").await.unwrap();
    let normal = stream.cached_info().config.clone();
    let small = jetstream::stream::Config { max_message_size: 4096, ..normal.clone() };
    wire.jetstream.update_stream(small).await.unwrap();
    let long = OrderCompleted { number: "long".repeat(2000), ..completed(1) };
    let mut tx = db.begin().await.unwrap();
    tx.emit(&long).await.unwrap();
    tx.emit(&completed(1)).await.unwrap();
    tx.commit().await.unwrap();
    let relaying = start(relay, &stop);
    eventually("the refusal", async || (refused.get() == 1).then_some(())).await;
    for n in 2..=21 {
        emit(&db, n).await;
        left(&db, 2).await;
        // A relay that pauses has counted none.
        assert_eq!(refused.get(), 1, "others go on as if nothing were");
    }

    wire.jetstream.update_stream(normal).await.unwrap();
    left(&db, 0).await;
    let messages = wire.all("ORDER", 22).await;
    let of_first = messages.iter().filter(|message| {
        let event: OrderCompleted = serde_json::from_slice(&message.payload).unwrap();
        event.order_id == completed(1).order_id
    });
    let sizes: Vec<bool> = of_first.map(|message| message.payload.len() > 4096).collect();
    assert_eq!(sizes, [true, false], "in their order");
    stop.cancel();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

#[tokio::test]
async fn what_would_be_too_large_to_tell_is_refused_and_does_not_happen() {
    let app = TestApp::start(service(), &[]).await;
    let db = app.db.clone().unwrap();
    let mut tx = db.begin().await.unwrap();
    let fits = OrderCompleted { number: "n".repeat(stream::EVENT_BYTES_MAX - 500), ..completed(1) };
    tx.emit(&fits).await.unwrap();
    let larger = OrderCompleted { number: "n".repeat(stream::EVENT_BYTES_MAX), ..completed(2) };
    let error = tx.emit(&larger).await.unwrap_err();
    assert!(error::is_too_large(&error) && error::is_too_large(&tx.could_emit(&larger).unwrap_err()));
    assert_eq!(Problem::from(error).into_response().status(), 422);
    tx.commit().await.unwrap();
    assert_eq!(warung_chassis::outbox::store::lag(db.pool()).await.unwrap().0, 1);

    // What is taken is small enough for JetStream, headers and all.
    let wire = Wire::start().await;
    let stop = CancellationToken::new();
    let relaying = start(relay(&db, &wire.jetstream), &stop);
    assert_eq!(wire.all("ORDER", 1).await.len(), 1);
    stop.cancel();
    relaying.await.unwrap().unwrap();
    app.stop().await;
}

/// Megabytes this process holds.
fn resident() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<i64>().unwrap() / 1024
}
