//! A service through its doors, on a real PostgreSQL database of its own, with a set clock; for tests.
//!
//! Events are handed over directly ([`TestApp::deliver`]) and read from the outbox ([`TestApp::published`]), so that a
//! test says exactly what arrives, how often and in which order. Stores come from `testbed with-stores`.

mod bodies;
mod database;
mod eventually;
mod peer;
mod routes;
mod token;

use std::collections::HashMap;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    response::Response,
};
use serde_json::Value;
use sqlx::{Row as _, postgres::PgConnectOptions};
use time::OffsetDateTime;
use tokio_util::sync::{CancellationToken, DropGuard};
use tower::ServiceExt as _;
use uuid::Uuid;
use warung_contracts::{event::Event, id::UserId};

pub use self::{
    eventually::{WITHIN, eventually},
    peer::SERVICE_KEY,
    token::{admin, claims, customer, jwks, signed, token, token_at},
};
use crate::{
    auth::Verifier,
    clock::Clock,
    config::{Common, Env, Reader},
    db::{self, Db},
    events::{
        Consumers, Delivery, EventError,
        handler::{Effect, Incoming},
    },
    grpc::identity::Doorkeeper,
    jobs::Job,
    metrics::Metrics,
    patience::Patience,
    run, server,
    service::{Context, Service},
};

/// The time every test begins at: 2026-01-01T00:00:00Z.
pub fn epoch() -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(1_767_225_600)
}

/// An event on its way to a service, as if for the first time.
///
/// # Panics
///
/// When it can't be written as JSON.
pub fn incoming<E: Event>(event: &E) -> Incoming {
    let data = serde_json::to_vec(event).expect("events serialise");
    let delivery = Delivery { id: Uuid::now_v7(), event_type: E::TYPE.into(), data };
    Incoming { delivery, aggregate: event.aggregate(), span: tracing::Span::none() }
}

/// URL of a test store.
///
/// # Panics
///
/// When the tests were not started with stores.
pub fn store_url(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set; run the tests with `make test-integration`, which starts the stores")
    })
}

/// A service under test.
#[derive(Debug)]
pub struct TestApp {
    pub router: Router,
    pub db: Option<Db>,
    pub consumers: Consumers,
    pub jobs: Vec<Job>,
    pub clock: Clock,
    pub metrics: std::sync::Arc<Metrics>,
    manifest: &'static warung_contracts::manifest::Manifest,
    /// Whose tokens it takes.
    issuer: String,
    database: Option<(PgConnectOptions, String)>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl TestApp {
    /// Starts a service with these variables on a new, migrated database.
    ///
    /// # Panics
    ///
    /// When a store is away or the service can't be built.
    pub async fn start(service: Service, variables: &[(&str, &str)]) -> Self {
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let manifest = service.manifest();
        let mut pairs: HashMap<String, String> =
            variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        for name in manifest.service_keys() {
            pairs.entry(name).or_insert_with(|| peer::SERVICE_KEY.into());
        }
        if manifest.redis {
            pairs.entry("WARUNG_REDIS_URL".into()).or_insert_with(|| store_url("WARUNG_TEST_REDIS_URL"));
        }
        let env: Env = pairs.into_iter().collect();
        let (clock, patience) = (Clock::set(epoch()), Patience::of_tests());
        let mut database = None;
        let mut db = None;
        if let Some(migrations) = service.migrations {
            let (root, options, name) = database::create(service.name).await;
            let pool = db::connect(options, service.name, 8, patience);
            migrations.run(manifest, &pool).await.expect("the migrations run");
            db = Some(Db::new(pool, clock.clone()));
            database = Some((root, name));
        }
        let redis = match manifest.redis {
            true => {
                let url = env.get(service.name, "WARUNG_REDIS_URL").unwrap_or_default().to_owned();
                let client = redis::Client::open(url).expect("WARUNG_TEST_REDIS_URL is a Redis URL");
                Some(run::connect_redis(&client, patience).expect("a client"))
            }
            false => None,
        };
        let mut reader = Reader::new(manifest, &env);
        let common = Common::read(&mut reader).expect("the common variables are right");
        let metrics = std::sync::Arc::new(Metrics::new(service.name));
        let issuer = common.public_url.clone();
        let doorkeeper = Doorkeeper::new(&env, manifest).expect("the service key is there");
        let context = Context {
            manifest,
            env,
            common,
            metrics: metrics.clone(),
            clock: clock.clone(),
            patience,
            db: db.clone(),
            redis,
        };
        let parts = (service.build)(context).await.expect("the service can be built");
        let verifier = Verifier::fixed(&jwks(), issuer.clone());
        let router = server::router(manifest, parts.rest, parts.grpc, verifier, doorkeeper, metrics.clone());
        Self {
            router,
            db,
            consumers: parts.consumers,
            jobs: parts.jobs,
            clock,
            metrics,
            manifest,
            issuer,
            database,
        }
    }

    /// Sends a request; `token` as made by [`token`].
    pub async fn send(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        self.send_with(method, path, token, &[], body).await
    }

    /// Sends a request with more headers.
    pub async fn send_with(
        &self,
        method: &str,
        path: &str,
        token: Option<&str>,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(token) = token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        self.raw(request.body(body).expect("a request")).await
    }

    /// Sends a request as it is. Whatever is made must say where it is (RFC 9110, section 15.3.2).
    pub async fn raw(&self, request: Request<Body>) -> Answer {
        let response = self.answer(request).await;
        let (parts, body) = response.into_parts();
        let is_located = parts.headers.contains_key(header::LOCATION);
        assert!(parts.status != StatusCode::CREATED || is_located, "201 without Location");
        let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("the answer has a body");
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes)
                .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&bytes).into_owned())),
        };
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Sends a request as it is; the answer may still be on its way.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("a router never fails")
    }

    /// Hands an event to the service, as if for the first time; returns the id it was given.
    pub async fn deliver<E: Event>(&self, event: &E) -> Result<Uuid, EventError> {
        let id = Uuid::now_v7();
        self.deliver_as(id, event).await.map(|_| id)
    }

    /// Hands an event to the service under this id.
    pub async fn deliver_as<E: Event>(&self, id: Uuid, event: &E) -> Result<Effect, EventError> {
        let data = serde_json::to_vec(event).expect("events serialise");
        self.consumers.deliver(Delivery { id, event_type: E::TYPE.into(), data }).await
    }

    /// Hands events to the service as they come in one batch.
    pub async fn deliver_all(&self, batch: &[Incoming]) -> Vec<Result<Effect, EventError>> {
        self.consumers.deliver_all(batch).await
    }

    /// Takes the events out of the outbox, oldest first, as (type, data).
    pub async fn published(&self) -> Vec<(String, Value)> {
        let pool = self.db.as_ref().expect("the service has a database").pool();
        let rows = sqlx::query("WITH gone AS (DELETE FROM outbox RETURNING *) SELECT event_type, data FROM gone ORDER BY position")
            .fetch_all(pool)
            .await
            .expect("the outbox can be read");
        rows.iter()
            .map(|row| {
                (row.get("event_type"), serde_json::from_str(row.get("data")).expect("events are JSON"))
            })
            .collect()
    }

    /// Takes the events of one type out of [`published`](Self::published) and parses them; fails on any other type.
    pub async fn published_only<E: Event>(&self) -> Vec<E> {
        let all = self.published().await.into_iter();
        all.map(|(event_type, data)| {
            assert_eq!(event_type, E::TYPE, "another event was published: {data}");
            serde_json::from_value(data).expect("the data is of its type")
        })
        .collect()
    }

    /// How many answers are kept for what a user sent under an `Idempotency-Key`.
    pub async fn answers_kept(&self, user: UserId) -> i64 {
        let pool = self.db.as_ref().expect("the service has a database").pool();
        sqlx::query_scalar("SELECT count(*) FROM idempotency_keys WHERE caller = $1")
            .bind(user.to_string())
            .fetch_one(pool)
            .await
            .expect("the answers can be counted")
    }

    /// Runs a job once.
    pub async fn run_job(&self, name: &str) -> u64 {
        let job = self.job(name);
        job.once().await.unwrap_or_else(|error| panic!("the job {name} failed: {error:#}"))
    }

    /// Runs a job until the guard is dropped.
    pub fn keep_running(&self, name: &str) -> DropGuard {
        let stop = CancellationToken::new();
        tokio::spawn(self.job(name).clone().run(stop.clone()));
        stop.drop_guard()
    }

    fn job(&self, name: &str) -> &Job {
        let job = self.jobs.iter().find(|job| job.name() == name);
        job.unwrap_or_else(|| panic!("no job is named {name}"))
    }

    /// Drops the database.
    pub async fn stop(mut self) {
        if let Some(db) = self.db.take() {
            db.pool().close().await;
        }
        if let Some((root, name)) = self.database.take() {
            database::remove(&root, &name).await;
        }
    }
}
