//! What each service becomes. Everything particular to a service comes from its manifest.

mod deployment;
pub mod environment;
mod network;
mod scaling;

use serde_json::{Value, json};

use super::object;
use super::stage::{Stage, Step, key};
use crate::objects::labels::{self, Component};
use crate::objects::{Object, kinds};
use crate::observe::Observed;
use crate::validate::{ValidService, ValidShop};

/// User of the application's image.
pub const UID: i64 = 65532;
/// Name of the port with REST and gRPC, in containers and Services.
pub const PORT: &str = "http";
/// Name of the port with health and metrics.
pub const ADMIN_PORT: &str = "http-admin";

/// The services, all at once; during an upgrade one by one, each waiting for the one before.
pub fn stages(shop: &ValidShop, observed: &Observed) -> Vec<Stage> {
    if !shop.upgrading() {
        let objects = shop.services.iter().flat_map(|service| objects(shop, service, observed));
        return vec![Stage::new(Step::Services, objects.collect())];
    }
    let one = |service: &ValidService| {
        let mut stage = Stage::new(Step::Services, objects(shop, service, observed));
        stage.gate = vec![key(kinds::DEPLOYMENT, &service.manifest.name)];
        stage
    };
    shop.services.iter().map(one).collect()
}

/// The ServiceAccounts, Secrets and the NetworkPolicy that migrations need before the services themselves are there.
pub fn before_migrations(shop: &ValidShop, observed: &Observed) -> Vec<Object> {
    let with_database = shop.services.iter().filter(|service| service.manifest.database.is_some());
    with_database
        .flat_map(|service| {
            [
                account(shop, &service.manifest.name, Component::Service),
                environment::database_secret(shop, &service.manifest.name, observed),
            ]
        })
        .chain([network::migrations(shop)])
        .collect()
}

fn objects(shop: &ValidShop, service: &ValidService, observed: &Observed) -> Vec<Object> {
    let manifest = service.manifest;
    let name = manifest.name.as_str();
    let environment = environment::Environment::new(shop, service, observed);
    // gRPC and REST share the port: a mesh must speak HTTP/2 to it, or calls would lose their trailers.
    let h2c = "kubernetes.io/h2c";
    let ports = json!([
        { "name": PORT, "port": manifest.port, "targetPort": PORT, "protocol": "TCP", "appProtocol": h2c },
        { "name": ADMIN_PORT, "port": manifest.admin_port, "targetPort": ADMIN_PORT, "protocol": "TCP" },
    ]);
    let selector = labels::selector(&shop.name, name);
    let body = json!({ "spec": { "type": "ClusterIP", "selector": selector, "ports": ports } });
    let mut all = vec![
        account(shop, name, Component::Service),
        environment.config_map(shop, name),
        environment.secret(shop, name),
        object(shop, kinds::SERVICE, name, (name, Component::Service), body),
        network::policy(shop, service, observed),
        deployment::deployment(shop, service, &environment, observed),
    ];
    if manifest.database.is_some() {
        all.insert(0, environment::database_secret(shop, name, observed));
    }
    all.extend(scaling::objects(shop, service));
    all
}

/// A ServiceAccount without a token: the services have no business with the API server.
pub fn account(shop: &ValidShop, name: &str, component: Component) -> Object {
    let body = json!({ "automountServiceAccountToken": false });
    object(shop, kinds::SERVICE_ACCOUNT, name, (name, component), body)
}

/// `imagePullSecrets` of every pod that runs the application's image.
pub fn pull_secrets(shop: &ValidShop) -> Value {
    json!(shop.image.pull_secrets)
}
