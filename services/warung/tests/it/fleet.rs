//! Every service as a process of its own, on stores of its own, each to be killed and started again.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context as _, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{Connection as _, PgConnection, PgPool, postgres::PgPoolOptions};
use warung_contracts::manifest::{self, Manifest, SecretKind};
use warung_e2e::{Shop, until};
use warung_testbed::{ports, process, stores::Stores};

use crate::faults::Proxies;

/// Nothing that is waited for takes longer, on a busy machine too.
pub const WITHIN: Duration = Duration::from_secs(180);

/// Eight services and three stores.
pub struct Fleet {
    children: BTreeMap<&'static str, Child>,
    /// A second replica of a service, while there is one.
    twin: Option<Child>,
    variables: BTreeMap<String, String>,
    address: Ipv4Addr,
    stores: Stores,
    proxies: Proxies,
    logs: PathBuf,
}

impl Fleet {
    /// Starts everything: databases migrated, streams made, every service ready. `settings` are variables of services.
    pub async fn start(settings: &[(&str, &str)]) -> Result<Self> {
        Self::start_at(ports::own_address(), settings).await
    }

    /// The same at an address that others know already.
    pub async fn start_at(address: Ipv4Addr, settings: &[(&str, &str)]) -> Result<Self> {
        let stores = tokio::task::spawn_blocking(Stores::start).await??;
        let proxies = Proxies::before(&stores).await?;
        let mut variables = environment(&stores, &proxies, address)?;
        variables.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        create_databases(&stores).await?;
        let logs = stores.folder().join("services");
        std::fs::create_dir_all(&logs)?;
        let mut fleet =
            Self { children: BTreeMap::new(), twin: None, variables, address, stores, proxies, logs };
        fleet.run_to_end(&["migrate", "all"])?;
        fleet.run_to_end(&["provision"])?;
        for manifest in manifest::all() {
            fleet.spawn(manifest)?;
        }
        for manifest in manifest::all() {
            fleet.ready(&manifest.name).await?;
        }
        fleet.has_administrator().await?;
        Ok(fleet)
    }

    /// Waits for the administrator's account, which is made a moment after auth is ready.
    async fn has_administrator(&self) -> Result<()> {
        let pool = self.database("auth").await?;
        until("the administrator's account", WITHIN, || async {
            let made = "SELECT EXISTS (SELECT FROM users WHERE role = 'admin')";
            let made: bool = sqlx::query_scalar(made).fetch_one(&pool).await?;
            Ok(made.then_some(()))
        })
        .await
    }

    /// The shop, each public route at the service that owns it.
    pub fn shop(&self) -> Result<Shop> {
        Shop::services(&format!("http://{}", self.address))
    }

    /// A variable that the services run with.
    pub fn variable(&self, name: &str) -> &str {
        self.variables.get(name).map_or("", String::as_str)
    }

    /// Sets a variable for services that are started from now on.
    pub fn set_variable(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Kills a service as a crash would, and starts it again at once.
    pub fn crash(&mut self, manifest: &'static Manifest) -> Result<()> {
        self.kill(manifest)?;
        self.spawn(manifest)
    }

    /// Kills a service as a crash would; it stays away until it is [started](Self::spawn).
    pub fn kill(&mut self, manifest: &'static Manifest) -> Result<()> {
        if let Some(mut child) = self.children.remove(manifest.name.as_str()) {
            child.kill().context("kill a service")?;
            child.wait().context("wait for a killed service")?;
        }
        Ok(())
    }

    /// Lets a service stand still in the middle of work that it has claimed, until another replica has taken that over; then
    /// both go on for a moment, the one with claims that are another's now. `claimed` reads the ids of work that somebody
    /// has claimed just now, `kept` of work that nobody took over.
    pub async fn outlive_claims(
        &mut self,
        manifest: &'static Manifest,
        [claimed, kept]: [&'static str; 2],
    ) -> Result<()> {
        let pool = self.database(&manifest.name).await?;
        let work = until("a claim to stand still with", WITHIN, || async {
            self.signal(manifest, Signal::SIGSTOP)?;
            let work: Vec<uuid::Uuid> = sqlx::query_scalar(claimed).fetch_all(&pool).await?;
            if work.is_empty() {
                self.signal(manifest, Signal::SIGCONT)?;
            }
            Ok((!work.is_empty()).then_some(work))
        })
        .await?;
        self.twin = Some(self.start_replica(manifest, Some(ports::own_address()))?);
        until("another replica to take over", WITHIN, || async {
            let left: Vec<uuid::Uuid> = sqlx::query_scalar(kept).fetch_all(&pool).await?;
            Ok(work.iter().all(|id| !left.contains(id)).then_some(()))
        })
        .await?;
        self.signal(manifest, Signal::SIGCONT)?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        self.end_twin()
    }

    fn end_twin(&mut self) -> Result<()> {
        if let Some(mut twin) = self.twin.take() {
            twin.kill().context("kill a replica")?;
            twin.wait().context("wait for a killed replica")?;
        }
        Ok(())
    }

    fn signal(&self, manifest: &Manifest, signal: Signal) -> Result<()> {
        let child = self.children.get(manifest.name.as_str()).context("the service runs")?;
        // A child not yet waited for keeps its id.
        Ok(kill(Pid::from_raw(i32::try_from(child.id())?), signal)?)
    }

    /// Lets go on what stands still, and starts what ended by itself, as a kubelet does.
    pub fn revive(&mut self) -> Result<()> {
        self.end_twin()?;
        for manifest in manifest::all() {
            if self.children.contains_key(manifest.name.as_str()) {
                self.signal(manifest, Signal::SIGCONT)?;
            }
        }
        for manifest in manifest::all() {
            let child = self.children.get_mut(manifest.name.as_str());
            if child.map(Child::try_wait).transpose()?.flatten().is_some() {
                self.spawn(manifest)?;
            }
        }
        Ok(())
    }

    /// What stands between services and stores.
    pub fn proxies(&self) -> &Proxies {
        &self.proxies
    }

    /// Kills NATS and starts it again on its files.
    pub fn crash_nats(&mut self) -> Result<()> {
        tokio::task::block_in_place(|| self.stores.crash_nats())
    }

    /// Kills Redis and starts it again, empty.
    pub fn crash_redis(&mut self) -> Result<()> {
        tokio::task::block_in_place(|| self.stores.crash_redis())
    }

    /// Ends the connections that services have to PostgreSQL, whatever they are doing.
    pub async fn end_connections(&self) -> Result<()> {
        let mut conn = PgConnection::connect(self.stores.postgres_url()).await?;
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.5";
        sqlx::raw_sql(end).execute(&mut conn).await?;
        Ok(conn.close().await?)
    }

    /// What a service tells Prometheus.
    pub async fn metrics(&self, manifest: &Manifest) -> Result<String> {
        let admin = Shop::at(&format!("http://{}:{}", self.address, manifest.admin_port), None)?;
        let answer = admin.send(reqwest::Method::GET, "/metrics", None, &[], None).await?;
        Ok(answer.ok()?.as_str().unwrap_or_default().to_owned())
    }

    /// Waits until a service says that it is ready.
    pub async fn ready(&mut self, name: &str) -> Result<()> {
        let url = format!("http://{}:{}", self.address, manifest::get(name).admin_port);
        let probe = Shop::at(&url, None)?;
        let what = format!("readiness of {name}");
        let ready = until(&what, WITHIN, || async {
            let answer = probe.send(reqwest::Method::GET, "/readyz", None, &[], None).await?;
            Ok(answer.status.is_success().then_some(()))
        })
        .await;
        ready.with_context(|| format!("the last words of {name}:\n{}", self.last_words(name)))
    }

    /// The end of a service's log.
    pub fn last_words(&self, name: &str) -> String {
        process::last_lines(&self.logs.join(format!("{name}.log")), 20)
    }

    /// The database of a service, as the superuser sees it.
    pub async fn database(&self, service: &str) -> Result<PgPool> {
        let url = database_url(self.stores.postgres_url(), service);
        let pool = PgPoolOptions::new().max_connections(2).connect(&url).await;
        pool.with_context(|| format!("connect to the database of {service}"))
    }

    /// Counts messages of a stream.
    pub async fn stream_messages(&self, stream: &str) -> Result<u64> {
        let client = async_nats::connect(self.stores.nats_url()).await?;
        let stream = async_nats::jetstream::new(client).get_stream(stream).await?;
        Ok(stream.cached_info().state.messages)
    }

    /// The readers that have messages to acknowledge, over all streams, with how many.
    pub async fn unread(&self) -> Result<Vec<String>> {
        let client = async_nats::connect(self.stores.nats_url()).await?;
        let context = async_nats::jetstream::new(client);
        let mut unread = Vec::new();
        for consumer in manifest::all().iter().flat_map(warung_contracts::stream::consumers) {
            let mut reader: async_nats::jetstream::consumer::PullConsumer =
                context.get_consumer_from_stream(&consumer.durable, &consumer.stream).await?;
            let info = reader.info().await?;
            let (new, open) = (info.num_pending, info.num_ack_pending);
            if new > 0 || open > 0 {
                let reader = format!("{} of {}", consumer.durable, consumer.stream);
                unread.push(format!("{new} events are unread and {open} under way for {reader}"));
            }
        }
        Ok(unread)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warung"));
        command.env_clear().envs(&self.variables).stdin(Stdio::null());
        command
    }

    fn run_to_end(&self, arguments: &[&str]) -> Result<()> {
        let output = self.command().args(arguments).output().context("run warung")?;
        if !output.status.success() {
            bail!("warung {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Starts a service that does not run.
    pub fn spawn(&mut self, manifest: &'static Manifest) -> Result<()> {
        let child = self.start_replica(manifest, None)?;
        self.children.insert(&manifest.name, child);
        Ok(())
    }

    /// Starts a replica of a service, at an address of its own where there is one.
    fn start_replica(&self, manifest: &Manifest, address: Option<Ipv4Addr>) -> Result<Child> {
        let path = self.logs.join(format!("{}.log", manifest.name));
        let log = std::fs::OpenOptions::new().create(true).append(true).open(&path).context("open a log")?;
        let mut command = self.command();
        command.args(["serve", &manifest.name]).stdout(log.try_clone()?).stderr(log);
        command.envs(address.map(|address| ("WARUNG_BIND", address.to_string())));
        process::spawn_bound(command)
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        for child in self.children.values_mut().chain(&mut self.twin) {
            // A child not yet waited for keeps its id; one that has ended already is fine.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn environment(stores: &Stores, proxies: &Proxies, address: Ipv4Addr) -> Result<BTreeMap<String, String>> {
    let postgres = proxies.url(stores.postgres_url())?;
    let mut all = BTreeMap::new();
    let mut set = |name: &str, value: String| all.insert(name.to_owned(), value);
    set("WARUNG_BIND", address.to_string());
    set("WARUNG_NATS_URL", proxies.url(stores.nats_url())?);
    set("WARUNG_REDIS_URL", proxies.url(stores.redis_url())?);
    set("WARUNG_SHOP", "kopi".into());
    set("WARUNG_CURRENCY", "IDR".into());
    set("WARUNG_JWKS_URL", format!("http://{address}:{}/.well-known/jwks.json", manifest::get("auth").port));
    for manifest in manifest::all() {
        let name = &manifest.name;
        set(&manifest::url_variable(name), format!("http://{address}:{}", manifest.port));
        set(&manifest::own_variable(name, "DATABASE_URL"), database_url(&postgres, name));
        if !manifest.serves.is_empty() {
            let key = uuid::Uuid::now_v7().simple().to_string();
            set(&manifest::service_key_variable(&manifest.name), key);
        }
        for secret in &manifest.secrets {
            let value = match secret.kind {
                SecretKind::Password => uuid::Uuid::now_v7().simple().to_string(),
                SecretKind::Es256PrivateKey => secret.kind.example(),
            };
            set(&secret.name, value);
        }
    }
    Ok(all)
}

/// The URL of a service's database on a server.
pub fn database_url(postgres: &str, service: &str) -> String {
    let server = postgres.rsplit_once('/').map_or("", |(server, _)| server);
    format!("{server}/{service}")
}

/// An empty database for each service that has one.
pub async fn create_databases(stores: &Stores) -> Result<()> {
    let mut conn = PgConnection::connect(stores.postgres_url()).await?;
    for manifest in manifest::all().iter().filter(|manifest| manifest.database.is_some()) {
        let statement = format!("CREATE DATABASE \"{}\"", manifest.name);
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut conn).await?;
    }
    Ok(())
}
