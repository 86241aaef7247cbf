//! Runs services: reads the environment, connects the stores, starts the parts.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use async_nats::jetstream;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warung_contracts::{manifest::Manifest, stream};

use crate::{
    admin::{self, Admin},
    auth::Verifier,
    clock::Clock,
    config::{Address, Common, ConfigError, Env, Reader},
    db::{self, Db, Migrations},
    events::{consumer, unread::Watch},
    grpc::identity::Doorkeeper,
    housekeeping,
    metrics::Metrics,
    openapi,
    outbox::relay::Relay,
    patience::Patience,
    server,
    service::{BuildError, Context, Service},
    supervise::Tasks,
};

/// Runs services in one process until `stop`; with `front`, all their public routes on that port too.
///
/// # Errors
///
/// When settings are wrong, a port is taken, or a task dies.
pub async fn run_all(
    services: &[Service],
    env: &Env,
    front: Option<u16>,
    stop: CancellationToken,
) -> Result<(), BuildError> {
    for variable in env.unknown() {
        tracing::warn!(variable, "no service has a setting of this name: is it spelt right?");
    }
    let mut tasks = Tasks::new();
    let mut doors = Vec::new();
    for service in services {
        doors.push((service.manifest(), start(*service, env, &mut tasks, &stop).await?));
    }
    if let (Some(port), Some(service)) = (front, services.first()) {
        let common = Common::read(&mut Reader::new(service.manifest(), env));
        let common = common.ok_or_else(|| ConfigError(vec!["a common variable is wrong".into()]))?;
        let listener = listen(&common, port).await?;
        tasks.spawn("front", server::serve(listener, crate::front::router(doors), stop.clone()));
        tracing::info!(port, "all public routes");
    }
    tasks.join(stop).await.map_err(BuildError::Other)
}

/// The OpenAPI document of a service, as it serves it at `/openapi.json`. No store is asked.
///
/// # Errors
///
/// When its settings are wrong.
pub async fn openapi(service: Service, env: &Env) -> Result<utoipa::openapi::OpenApi, BuildError> {
    let env = env.with_defaults(placeholders(service));
    let parts = (service.build)(context(service, &env).await?).await?;
    let mut document = parts.rest.into_openapi();
    openapi::complete(&mut document, service.manifest());
    Ok(document)
}

/// Values that let a service be built without being run.
fn placeholders(service: Service) -> Vec<(String, String)> {
    let manifest = service.manifest();
    let secrets = manifest.secrets.iter().map(|secret| (secret.name.clone(), secret.kind.example()));
    let keys = manifest.service_keys().into_iter().map(|name| (name, "example ".repeat(4)));
    let stores = [
        ("WARUNG_DATABASE_URL", "postgres://nobody@127.0.0.1:1/none"),
        ("WARUNG_REDIS_URL", "redis://127.0.0.1:1/0"),
    ];
    let stores = stores.map(|(name, value)| (name.to_owned(), value.to_owned()));
    secrets.chain(keys).chain(stores).collect()
}

/// Makes the context of a service from its environment. No store is asked yet, but for Redis and NATS, which connect in
/// the background.
///
/// # Errors
///
/// When settings are wrong.
pub async fn context(service: Service, env: &Env) -> Result<Context, BuildError> {
    let manifest = service.manifest();
    let mut reader = Reader::new(manifest, env);
    let common = Common::read(&mut reader);
    let options = manifest.database.is_some().then(|| database(&mut reader)).flatten();
    let redis = manifest.redis.then(|| redis(&mut reader)).flatten();
    reader.finish()?;
    let common = common.ok_or_else(|| ConfigError(vec!["a common variable is wrong".into()]))?;
    let clock = Clock::system();
    let patience = Patience::default();
    let db = options.map(|options| {
        let pool = db::connect(options, &manifest.name, common.connections_max, patience);
        Db::new(pool, clock.clone())
    });
    let redis = redis.map(|client| connect_redis(&client, patience)).transpose()?;
    let metrics = Arc::new(Metrics::new(&manifest.name));
    Ok(Context { manifest, env: env.clone(), common, metrics, clock, patience, db, redis })
}

fn database(reader: &mut Reader<'_>) -> Option<sqlx::postgres::PgConnectOptions> {
    let url = reader.required_address("WARUNG_DATABASE_URL", &Address::POSTGRES)?;
    // The URL holds a password: it is not repeated.
    let fault =
        "WARUNG_DATABASE_URL has an option that is wrong; write postgres://user:password@host:5432/name";
    url.parse().map_err(|_| reader.fault(fault.into())).ok()
}

fn redis(reader: &mut Reader<'_>) -> Option<redis::Client> {
    let url = reader.required_address("WARUNG_REDIS_URL", &Address::REDIS)?;
    let fault = "WARUNG_REDIS_URL has no number of a database; write redis://:password@host:6379/0";
    redis::Client::open(url).map_err(|_| reader.fault(fault.into())).ok()
}

/// A connection that is made when it is first used, and again whenever it is lost.
pub(crate) fn connect_redis(
    client: &redis::Client,
    patience: Patience,
) -> anyhow::Result<redis::aio::ConnectionManager> {
    let config = redis::aio::ConnectionManagerConfig::new()
        .set_response_timeout(Some(patience.redis))
        .set_connection_timeout(Some(patience.redis))
        .set_number_of_retries(2)
        .set_max_delay(Duration::from_secs(1));
    let manager = redis::aio::ConnectionManager::new_lazy_with_config(client.clone(), config);
    manager.context("the Redis client can't be made")
}

/// Brings a service's database to its schema.
///
/// # Errors
///
/// When settings are wrong, the store is away or a migration fails.
pub async fn migrate(service: Service, env: &Env) -> Result<u32, BuildError> {
    let Some(migrations) = service.migrations else { return Ok(0) };
    let context = context(service, env).await?;
    let pool = context.db().pool().clone();
    migrations.run(context.manifest, &pool).await.map_err(anyhow::Error::from)?;
    let version = Migrations::current(context.manifest, &pool).await.map_err(anyhow::Error::from)?;
    pool.close().await;
    Ok(version)
}

async fn start(
    service: Service,
    env: &Env,
    tasks: &mut Tasks,
    stop: &CancellationToken,
) -> Result<axum::Router, BuildError> {
    let context = context(service, env).await?;
    let (manifest, common) = (context.manifest, context.common.clone());
    let (metrics, db, redis) = (context.metrics.clone(), context.db.clone(), context.redis.clone());
    let mut parts = (service.build)(context).await?;
    let verifier = Verifier::remote(common.jwks_url.clone(), common.public_url.clone())?;
    let doorkeeper = Doorkeeper::new(env, manifest)?;
    let router = server::router(
        manifest,
        std::mem::take(&mut parts.rest),
        parts.grpc.take(),
        verifier,
        doorkeeper,
        metrics.clone(),
    );

    let nats = needs_nats(manifest).then(|| connect_nats(manifest, env));
    let nats = match nats {
        Some(connecting) => Some(connecting.await?),
        None => None,
    };
    let (started, stopping) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let pool = db.as_ref().map(|db| db.pool().clone());
    let state =
        Admin { metrics: metrics.clone(), pool, redis, started: started.clone(), stopping: stopping.clone() };
    let admin_listener = listen(&common, manifest.admin_port).await?;
    let listener = listen(&common, manifest.port).await?;
    // The admin port answers until the very end, so that the kubelet sees a stop and not a fault.
    tasks.spawn(
        format!("{} admin", manifest.name),
        server::serve(admin_listener, admin::router(state), stop.clone()),
    );
    tasks.spawn(format!("{} server", manifest.name), server::serve(listener, router.clone(), stop.clone()));
    if let Some(client) = nats {
        start_events(manifest, client, db.as_ref(), &parts.consumers, &metrics, tasks, stop);
    }
    for job in parts.jobs {
        let failures = metrics.job_failures(job.name());
        let job = job.counting(failures);
        tasks.spawn(format!("{} job {}", manifest.name, job.name()), job.run(stop.clone()));
    }
    let asked = stop.clone();
    tasks.spawn(format!("{} readiness", manifest.name), async move {
        asked.cancelled().await;
        stopping.store(true, Ordering::Relaxed);
        Ok(())
    });
    started.store(true, Ordering::Relaxed);
    tracing::info!(
        service = manifest.name,
        port = manifest.port,
        admin_port = manifest.admin_port,
        "listening"
    );
    Ok(router)
}

fn start_events(
    manifest: &'static Manifest,
    client: async_nats::Client,
    db: Option<&Db>,
    consumers: &crate::events::Consumers,
    metrics: &Arc<Metrics>,
    tasks: &mut Tasks,
    stop: &CancellationToken,
) {
    let jetstream = jetstream::new(client);
    for consumes in &manifest.consumes {
        metrics.may_dead_letter(&consumes.event);
    }
    for consumer in stream::consumers(manifest) {
        let reader = consumer::Reader {
            service: manifest.name.clone(),
            consumer: consumer.clone(),
            consumers: consumers.clone(),
            jetstream: jetstream.clone(),
            metrics: metrics.clone(),
        };
        tasks.spawn(format!("{} events of {}", manifest.name, consumer.stream), reader.run(stop.clone()));
    }
    let Some(db) = db else { return };
    if let Some(stream) = manifest.stream() {
        let watch = Watch::new(stream, jetstream.clone(), metrics);
        tasks.spawn(format!("{} watch", manifest.name), watch.run(stop.clone()));
        let relay = Relay::new(&manifest.name, db.clone(), jetstream, metrics);
        tasks.spawn(format!("{} relay", manifest.name), relay.run(stop.clone()));
    }
    let keeping = housekeeping::run(db.clone(), metrics.clone(), stop.clone());
    tasks.spawn(format!("{} housekeeping", manifest.name), keeping);
}

fn needs_nats(manifest: &Manifest) -> bool {
    !manifest.publishes.is_empty() || !manifest.consumes.is_empty()
}

async fn connect_nats(manifest: &Manifest, env: &Env) -> Result<async_nats::Client, BuildError> {
    let mut reader = Reader::new(manifest, env);
    let url = reader.required_address("WARUNG_NATS_URL", &Address::NATS);
    let (user, password) = (reader.optional("WARUNG_NATS_USER"), reader.optional("WARUNG_NATS_PASSWORD"));
    reader.finish()?;
    let url = url.unwrap_or_default();
    let mut options = async_nats::ConnectOptions::new()
        .name(manifest.name.clone())
        .custom_inbox_prefix(stream::inbox_prefix(&manifest.name))
        .retry_on_initial_connect()
        .connection_timeout(Duration::from_secs(3))
        .max_reconnects(None);
    if let (Some(user), Some(password)) = (user, password) {
        options = options.user_and_password(user, password);
    }
    Ok(options.connect(url).await.context("WARUNG_NATS_URL can't be used; write nats://host:4222")?)
}

async fn listen(common: &Common, port: u16) -> Result<TcpListener, BuildError> {
    let address = SocketAddr::new(common.bind, port);
    let listener = TcpListener::bind(address).await;
    Ok(listener.with_context(|| {
        format!("port {address} can't be listened on; stop what holds it or set WARUNG_BIND")
    })?)
}
