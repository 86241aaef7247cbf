//! Stores: embedded with every default filled in, or external with a URL that parses.

use url::Url;

use super::{Invalid, SecretFault};
use crate::api::spec;
use crate::observe::Observed;

/// PostgreSQL or Redis.
#[derive(Clone, Debug)]
pub enum UrlStore {
    Embedded(EmbeddedStore),
    External(StoreUrl),
}

/// NATS.
#[derive(Clone, Debug)]
pub enum NatsStore {
    Embedded(EmbeddedStore),
    External {
        url: StoreUrl,
        user: Option<String>,
        password: Option<String>,
        /// Copies of each stream, 1 to 5.
        replicas: u8,
    },
}

/// A store the operator runs.
#[derive(Clone, Debug)]
pub struct EmbeddedStore {
    /// Image and tag.
    pub image: String,
    /// Size of the volume.
    pub storage: String,
    pub storage_class_name: Option<String>,
    pub resources: spec::Resources,
}

/// The URL of an external store; printing it leaves the password out.
#[derive(Clone)]
pub struct StoreUrl(Url);

impl std::fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", self.0.scheme(), self.address())
    }
}

impl StoreUrl {
    /// `host:port`, to name the store in messages.
    pub fn address(&self) -> String {
        format!("{}:{}", self.host(), self.port())
    }

    /// Host name or address.
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Port; the scheme's own when the URL has none.
    pub fn port(&self) -> u16 {
        self.0.port().unwrap_or(match self.0.scheme() {
            "nats" | "tls" => 4222,
            "redis" | "rediss" => 6379,
            _ => 5432,
        })
    }

    /// The URL with its password.
    pub fn expose(&self) -> &Url {
        &self.0
    }
}

impl UrlStore {
    /// The part the operator runs, if it does.
    pub fn embedded(&self) -> Option<&EmbeddedStore> {
        match self {
            Self::Embedded(store) => Some(store),
            Self::External(_) => None,
        }
    }
}

impl NatsStore {
    /// The part the operator runs, if it does.
    pub fn embedded(&self) -> Option<&EmbeddedStore> {
        match self {
            Self::Embedded(store) => Some(store),
            Self::External { .. } => None,
        }
    }

    /// Copies of each stream.
    pub fn stream_replicas(&self) -> usize {
        match self {
            Self::Embedded(_) => 1,
            Self::External { replicas, .. } => (*replicas).into(),
        }
    }
}

pub fn postgres(spec: &spec::Postgres, observed: &Observed) -> Result<UrlStore, Invalid> {
    let Some(external) = &spec.external else {
        let store = spec.embedded.clone().unwrap_or_default();
        return Ok(UrlStore::Embedded(embedded(store, "docker.io/library/postgres", "15", "256Mi")));
    };
    let example = "postgres://user:password@host:5432/postgres";
    let schemes = ["postgres", "postgresql"];
    url("postgres.external.secretRef", &external.secret_ref, observed, &schemes, example)
        .map(UrlStore::External)
}

pub fn redis(spec: &spec::Redis, observed: &Observed) -> Result<UrlStore, Invalid> {
    let Some(external) = &spec.external else {
        let store = spec.embedded.clone().unwrap_or_default();
        return Ok(UrlStore::Embedded(embedded(store, "docker.io/library/redis", "7.0", "64Mi")));
    };
    let example = "redis://:password@host:6379/0";
    url("redis.external.secretRef", &external.secret_ref, observed, &["redis", "rediss"], example)
        .map(UrlStore::External)
}

pub fn nats(spec: &spec::Nats, observed: &Observed) -> Result<NatsStore, Invalid> {
    let Some(external) = &spec.external else {
        let store = spec.embedded.clone().unwrap_or_default();
        return Ok(NatsStore::Embedded(embedded(store, "docker.io/library/nats", "2.15", "64Mi")));
    };
    let reference = &external.secret_ref;
    let url = url("nats.external.secretRef", reference, observed, &["nats", "tls"], "nats://host:4222")?;
    let data = observed.referenced.get(&reference.name);
    let text = |key: &str| data?.get(key).and_then(|value| String::from_utf8(value.clone()).ok());
    Ok(NatsStore::External {
        url,
        user: text("user"),
        password: text("password"),
        replicas: external.replicas,
    })
}

fn embedded(store: spec::EmbeddedStore, image: &str, version: &str, memory: &str) -> EmbeddedStore {
    let tag = store.version.unwrap_or_else(|| version.into());
    EmbeddedStore {
        image: store.image.unwrap_or_else(|| format!("{image}:{tag}")),
        storage: store.storage.0,
        storage_class_name: store.storage_class_name,
        resources: store.resources.unwrap_or_else(|| super::resources("50m", memory, "1Gi")),
    }
}

fn url(
    field: &'static str,
    reference: &spec::SecretKeyRef,
    observed: &Observed,
    schemes: &[&str],
    example: &'static str,
) -> Result<StoreUrl, Invalid> {
    let (name, key) = (reference.name.clone(), reference.key.clone());
    let value = observed.referenced.get(&name).and_then(|data| data.get(&key));
    value
        .and_then(|value| url_of(value, schemes))
        .map(StoreUrl)
        .ok_or_else(|| Invalid::Secrets(vec![SecretFault::Url { field: field.into(), name, key, example }]))
}

/// A Secret's value as a URL of one of these schemes.
pub fn url_of(value: &[u8], schemes: &[&str]) -> Option<Url> {
    let url = Url::parse(std::str::from_utf8(value).ok()?.trim()).ok()?;
    (schemes.contains(&url.scheme()) && url.has_host()).then_some(url)
}
