//! A JetStream of one test, and a way to cut it off.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_nats::jetstream::{self, consumer::PullConsumer};
use futures::StreamExt as _;
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;
use warung_chassis::{db::Db, metrics::Metrics, outbox::relay::Relay, testing::WITHIN};
use warung_contracts::stream;

use crate::sample::completed;

/// Durable name of [`witness`].
pub const WITNESS: &str = "witness";

/// The events of one test, on a NATS of its own: subjects are the same in every shop.
pub struct Wire {
    pub jetstream: jetstream::Context,
    stores: warung_testbed::stores::Stores,
}

impl Wire {
    pub async fn start() -> Self {
        let stores =
            tokio::task::spawn_blocking(warung_testbed::stores::Stores::start).await.unwrap().unwrap();
        let client = async_nats::connect(stores.nats_url()).await.unwrap();
        let jetstream = jetstream::new(client);
        for stream in stream::streams(warung_contracts::manifest::all(), 1) {
            let stream = jetstream.create_stream(jetstream::stream::Config::from(&stream)).await.unwrap();
            stream.create_consumer(witness()).await.unwrap();
        }
        Self { jetstream, stores }
    }

    /// What a stream holds, oldest first.
    pub async fn all(&self, stream: &str, wanted: usize) -> Vec<jetstream::Message> {
        let stream = self.jetstream.get_stream(stream).await.unwrap();
        let config = jetstream::consumer::pull::Config {
            ack_policy: jetstream::consumer::AckPolicy::None,
            ..Default::default()
        };
        let consumer: PullConsumer = stream.create_consumer(config).await.unwrap();
        let messages = consumer.messages().await.unwrap();
        let collected: Vec<_> = tokio::time::timeout(WITHIN, messages.take(wanted).collect::<Vec<_>>())
            .await
            .expect("the messages arrive");
        collected.into_iter().map(Result::unwrap).collect()
    }

    /// Another way to the same NATS, closed at first.
    pub async fn gate(&self) -> Gate {
        Gate::to(self.stores.nats_url().trim_start_matches("nats://").to_owned()).await
    }
}

/// A reader that never acknowledges, so that a stream keeps all for a test to look at.
fn witness() -> jetstream::consumer::pull::Config {
    jetstream::consumer::pull::Config { durable_name: Some(WITNESS.into()), ..Default::default() }
}

/// A TCP door: closed, it drops who is inside and lets nobody in.
pub struct Gate {
    port: u16,
    open: Arc<AtomicBool>,
    _task: tokio_util::task::AbortOnDropHandle<()>,
}

impl Gate {
    async fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, open) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
        let is_open = open.clone();
        let task = tokio::spawn(async move {
            loop {
                let (mut inside, _) = listener.accept().await.unwrap();
                let (target, is_open) = (target.clone(), is_open.clone());
                tokio::spawn(async move {
                    if !is_open.load(Ordering::Relaxed) {
                        return;
                    }
                    let mut outside = TcpStream::connect(target).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut inside, &mut outside) => {}
                        () = closed(&is_open) => {}
                    }
                });
            }
        });
        Self { port, open, _task: tokio_util::task::AbortOnDropHandle::new(task) }
    }

    /// A client that comes through the gate, now or later.
    pub async fn jetstream(&self) -> jetstream::Context {
        let options = async_nats::ConnectOptions::new().retry_on_initial_connect().max_reconnects(None);
        jetstream::new(options.connect(format!("nats://127.0.0.1:{}", self.port)).await.unwrap())
    }

    pub fn set_open(&self, open: bool) {
        self.open.store(open, Ordering::Relaxed);
    }
}

async fn closed(open: &AtomicBool) {
    while open.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// A relay of a replica: `db` as that replica's process sees it.
pub fn relay(db: &Db, jetstream: &jetstream::Context) -> Relay {
    Relay::new("order", db.clone(), jetstream.clone(), &Metrics::new("order"))
}

pub fn start(relay: Relay, stop: &CancellationToken) -> tokio::task::JoinHandle<anyhow::Result<()>> {
    tokio::spawn(relay.run(stop.clone()))
}

/// Commits an event of order number `n`.
pub async fn emit(db: &Db, n: u128) {
    let mut tx = db.begin().await.unwrap();
    tx.emit(&completed(n)).await.unwrap();
    tx.commit().await.unwrap();
}
