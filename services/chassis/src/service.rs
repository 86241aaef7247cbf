//! What a service is: a manifest, migrations, and parts made from a context.

use std::{fmt, sync::Arc};

use futures::future::BoxFuture;
use utoipa_axum::router::OpenApiRouter;
use warung_contracts::manifest::Manifest;

use crate::{
    config::{Address, Common, ConfigError, Env, Reader},
    db::{Db, Migrations},
    events::Consumers,
    grpc::{self, identity::Signer},
    jobs::Job,
    metrics::Metrics,
    patience::Patience,
};

/// A service, ready to be run.
#[derive(Clone, Copy)]
pub struct Service {
    /// Name of its manifest.
    pub name: &'static str,
    /// Its migrations, where it has a database.
    pub migrations: Option<Migrations>,
    /// Makes its parts.
    pub build: fn(Context) -> BoxFuture<'static, Result<Parts, BuildError>>,
}

impl Service {
    /// Its manifest.
    pub fn manifest(&self) -> &'static Manifest {
        warung_contracts::manifest::get(self.name)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Service({})", self.name)
    }
}

/// Why a service can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Variables are missing or wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Anything else, at start.
    #[error("the service can't start")]
    Other(#[from] anyhow::Error),
}

/// What a service is made of. Which stores are there follows from the manifest.
#[derive(Debug, Clone)]
pub struct Context {
    pub manifest: &'static Manifest,
    pub env: Env,
    pub common: Common,
    pub metrics: Arc<Metrics>,
    pub clock: crate::clock::Clock,
    pub(crate) patience: Patience,
    pub(crate) db: Option<Db>,
    pub(crate) redis: Option<redis::aio::ConnectionManager>,
}

impl Context {
    /// The service's database.
    ///
    /// # Panics
    ///
    /// When its manifest declares none.
    pub fn db(&self) -> Db {
        self.db
            .clone()
            .unwrap_or_else(|| panic!("the manifest of {} declares no database", self.manifest.name))
    }

    /// Redis.
    ///
    /// # Panics
    ///
    /// When its manifest does not declare it.
    pub fn redis(&self) -> redis::aio::ConnectionManager {
        self.redis
            .clone()
            .unwrap_or_else(|| panic!("the manifest of {} declares no Redis", self.manifest.name))
    }

    /// A reader of the service's settings.
    pub fn settings(&self) -> Reader<'_> {
        Reader::new(self.manifest, &self.env)
    }

    /// A connection to a service that the manifest says this one calls; its URL is `WARUNG_<SERVICE>_URL`, the key for
    /// its tokens `WARUNG_<SERVICE>_SERVICE_KEY`.
    ///
    /// # Errors
    ///
    /// When the call is not declared, the URL malformed, or the key missing or too short.
    pub fn peer(&self, service: &str) -> Result<grpc::Channel, ConfigError> {
        let fault = |text: String| ConfigError(vec![text]);
        let callee =
            warung_contracts::manifest::find(service).filter(|_| self.manifest.callees().contains(&service));
        let Some(callee) = callee else {
            return Err(fault(format!(
                "the manifest of {} does not declare that it calls {service}",
                self.manifest.name
            )));
        };
        let name = warung_contracts::manifest::url_variable(service);
        let default = format!("http://{service}:{}", callee.port);
        let url = self.env.get(&self.manifest.name, &name).unwrap_or(&default);
        Address::WEB.check(&name, url).map_err(fault)?;
        let signer = Signer::new(&self.env, &self.manifest.name, service)?;
        grpc::Channel::new(service, url, signer, self.patience)
            .map_err(|error| fault(format!("{name}: {error}")))
    }
}

/// A service's doors and duties.
#[derive(Default)]
pub struct Parts {
    pub rest: OpenApiRouter,
    pub grpc: Option<tonic::service::Routes>,
    pub consumers: Consumers,
    pub jobs: Vec<Job>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("consumers", &self.consumers)
            .field("jobs", &self.jobs)
            .finish_non_exhaustive()
    }
}
