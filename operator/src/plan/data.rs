//! What is to be there inside PostgreSQL and NATS: databases, roles, streams, durable consumers.

use std::fmt;

use url::Url;
use warung_contracts::manifest::Manifest;
use warung_contracts::stream::{self, Consumer, Stream};

use super::secret;
use crate::objects::names;
use crate::observe::Observed;
use crate::validate::{NatsStore, UrlStore, ValidShop};

/// The contents of both stores.
#[derive(Clone, Debug)]
pub struct Provision {
    pub databases: Databases,
    pub streams: Streams,
}

/// A database and a role for each service that has one; both are named like the service.
#[derive(Clone)]
pub struct Databases {
    pub host: String,
    pub port: u16,
    /// The role that may make others.
    pub admin_user: String,
    pub admin_password: String,
    /// The database to connect to first.
    pub admin_database: String,
    /// TLS mode of the connection, in libpq's words.
    pub ssl_mode: Option<String>,
    /// Whether the operator runs this server.
    pub embedded: bool,
    /// Role and password.
    pub roles: Vec<(String, String)>,
}

impl fmt::Debug for Databases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let roles: Vec<&str> = self.roles.iter().map(|(name, _)| name.as_str()).collect();
        write!(f, "Databases {{ {}:{}, roles: {roles:?} }}", self.host, self.port)
    }
}

impl Databases {
    /// `host:port`, to name the server in messages.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }
}

/// Streams and durable consumers.
#[derive(Clone)]
pub struct Streams {
    /// `nats://host:port`.
    pub url: String,
    /// `host:port`, to name the server in messages.
    pub address: String,
    pub user: Option<String>,
    pub password: Option<String>,
    /// Whether the operator runs this server.
    pub embedded: bool,
    pub streams: Vec<Stream>,
    pub consumers: Vec<Consumer>,
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Streams {{ {}, {} streams, {} consumers }}",
            self.address,
            self.streams.len(),
            self.consumers.len()
        )
    }
}

/// The NATS user of the operator itself.
pub const OPERATOR_USER: &str = "warung-operator";

/// What both stores are to hold.
pub fn provision(shop: &ValidShop, observed: &Observed) -> Provision {
    Provision { databases: databases(shop, observed), streams: streams(shop, observed) }
}

fn databases(shop: &ValidShop, observed: &Observed) -> Databases {
    let roles = shop
        .services
        .iter()
        .filter(|service| service.manifest.database.is_some())
        .map(|service| (service.manifest.name.clone(), database_password(&service.manifest.name, observed)))
        .collect();
    match &shop.postgres {
        UrlStore::Embedded(_) => Databases {
            host: in_cluster(shop, names::POSTGRES),
            port: 5432,
            admin_user: "postgres".into(),
            admin_password: value(observed, names::POSTGRES, secret::PASSWORD),
            admin_database: "postgres".into(),
            ssl_mode: None,
            embedded: true,
            roles,
        },
        UrlStore::External(store) => {
            let url = store.expose();
            let database = url.path().trim_start_matches('/');
            Databases {
                host: store.host().into(),
                port: store.port(),
                admin_user: decoded(url.username()),
                admin_password: decoded(url.password().unwrap_or_default()),
                admin_database: if database.is_empty() { "postgres".into() } else { database.into() },
                ssl_mode: url
                    .query_pairs()
                    .find(|(key, _)| key == "sslmode")
                    .map(|(_, mode)| mode.into_owned()),
                embedded: false,
                roles,
            }
        }
    }
}

fn streams(shop: &ValidShop, observed: &Observed) -> Streams {
    let manifests: Vec<Manifest> = shop.services.iter().map(|service| service.manifest.clone()).collect();
    let streams = stream::streams(&manifests, shop.nats.stream_replicas());
    let consumers = manifests.iter().flat_map(stream::consumers).collect();
    match &shop.nats {
        NatsStore::Embedded(_) => Streams {
            url: nats_url(shop),
            address: format!("{}:4222", in_cluster(shop, names::NATS)),
            user: Some(OPERATOR_USER.into()),
            password: Some(value(observed, names::NATS, secret::PASSWORD)),
            embedded: true,
            streams,
            consumers,
        },
        NatsStore::External { url, user, password, .. } => Streams {
            url: url.expose().to_string(),
            address: url.address(),
            user: user.clone(),
            password: password.clone(),
            embedded: false,
            streams,
            consumers,
        },
    }
}

/// Name of a store's Service that resolves from every namespace.
fn in_cluster(shop: &ValidShop, store: &str) -> String {
    format!("{store}.{}.svc", shop.namespace)
}

/// Where services find NATS.
pub fn nats_url(shop: &ValidShop) -> String {
    match &shop.nats {
        NatsStore::Embedded(_) => format!("nats://{}:4222", in_cluster(shop, names::NATS)),
        NatsStore::External { url, .. } => url.expose().to_string(),
    }
}

/// The NATS user and password of a service.
pub fn nats_login(shop: &ValidShop, service: &str, observed: &Observed) -> Option<(String, String)> {
    match &shop.nats {
        NatsStore::Embedded(_) => Some((service.into(), value(observed, service, secret::NATS_PASSWORD))),
        NatsStore::External { user, password, .. } => user.clone().zip(password.clone()),
    }
}

/// The URL of a service's own database.
pub fn database_url(shop: &ValidShop, service: &str, observed: &Observed) -> String {
    let password = database_password(service, observed);
    match &shop.postgres {
        UrlStore::Embedded(_) => {
            format!("postgres://{service}:{password}@{}:5432/{service}", in_cluster(shop, names::POSTGRES))
        }
        UrlStore::External(store) => {
            let query = store.expose().query().map(|query| format!("?{query}")).unwrap_or_default();
            format!("postgres://{service}:{password}@{}/{service}{query}", store.address())
        }
    }
}

/// The URL of Redis.
pub fn redis_url(shop: &ValidShop, observed: &Observed) -> String {
    match &shop.redis {
        UrlStore::Embedded(_) => {
            let password = value(observed, names::REDIS, secret::PASSWORD);
            format!("redis://:{password}@{}:6379/0", in_cluster(shop, names::REDIS))
        }
        UrlStore::External(store) => store.expose().to_string(),
    }
}

fn database_password(service: &str, observed: &Observed) -> String {
    value(observed, service, secret::DATABASE_PASSWORD)
}

fn decoded(text: &str) -> String {
    // A URL keeps user and password percent-encoded; form decoding differs only in the plus sign.
    let form = text.replace('+', "%2B");
    Url::parse(&format!("x:?v={form}"))
        .ok()
        .and_then(|url| url.query_pairs().next().map(|(_, value)| value.into_owned()))
        .unwrap_or_else(|| text.into())
}

/// A generated value. Empty only for a plan made before the Secret exists, which nothing applies.
fn value(observed: &Observed, part: &str, key: &str) -> String {
    observed.secret_value(&names::credentials(part), key).unwrap_or_default()
}
