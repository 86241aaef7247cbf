//! `ValidShop` × `Observed` → the objects a Shop becomes, in ordered stages. Pure.
//!
//! ```text
//! stores ─> data ─> migrations ─> services ─> gateway ─> mesh ─> observability
//! ```

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::objects::{Object, kinds, labels};
use crate::observe::Observed;
use crate::validate::ValidShop;

pub mod data;
pub mod document;
pub mod gateway;
pub mod merge;
pub mod mesh;
pub mod migration;
pub mod observability;
pub mod route;
pub mod secret;
pub mod service;
pub mod stage;
pub mod store;

pub use stage::{Key, Plan, Stage, Step};

/// A plan that can't be made: a fault of the build or of a data file, which the tests find before users do.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the gateway can't be planned")]
    Gateway(#[source] gateway::Error),
    #[error("the mesh can't be planned")]
    Mesh(#[source] document::Fault),
    #[error("monitoring can't be planned")]
    Observability(#[source] document::Fault),
}

/// Everything this Shop becomes, in order.
///
/// # Errors
///
/// [`Error`], for a build that its own tests would have refused.
pub fn plan(shop: &ValidShop, observed: &Observed) -> Result<Plan, Error> {
    let mut data = Stage::new(Step::Data, Vec::new());
    data.provision = Some(data::provision(shop, observed));
    let mut stages = vec![store::stage(shop, observed), data, migration::stage(shop, observed)];
    stages.extend(service::stages(shop, observed));
    let mut gateway = Stage::new(Step::Gateway, gateway::plan(shop, observed).map_err(Error::Gateway)?);
    gateway.gate = mesh::gate(shop, observed);
    stages.push(gateway);
    stages.push(Stage::new(Step::Mesh, mesh::plan(shop, observed).map_err(Error::Mesh)?));
    stages.push(Stage::new(
        Step::Observability,
        observability::plan(shop, observed).map_err(Error::Observability)?,
    ));
    for object in stages.iter_mut().flat_map(|stage| stage.apply.iter_mut().chain(&mut stage.replace)) {
        let print = fingerprint(object);
        object.metadata.annotations.get_or_insert_default().insert(labels::APPLIED.into(), print);
    }
    Ok(Plan { stages })
}

/// Tells one planned object from another; an attempt's number and an older fingerprint don't count.
pub fn fingerprint(object: &Object) -> String {
    let mut plain = object.clone();
    if let Some(annotations) = &mut plain.metadata.annotations {
        annotations.remove(labels::APPLIED);
        annotations.remove(labels::ATTEMPT);
        if annotations.is_empty() {
            plain.metadata.annotations = None;
        }
    }
    digest(&json!(plain))
}

/// The first 16 hex digits of a value's SHA-256.
pub fn digest(value: &Value) -> String {
    hex::encode(Sha256::digest(value.to_string().as_bytes()))[..16].into()
}

/// An object of the Shop: `body` holds everything but `apiVersion`, `kind` and `metadata`.
///
/// `name` names the object, `part` the service, store or gateway it belongs to.
pub fn object(
    shop: &ValidShop,
    kind: kinds::Kind,
    name: &str,
    (part, component): (&str, labels::Component),
    body: Value,
) -> Object {
    let mut object = Object::new(name, &kind.resource()).within(&shop.namespace).data(body);
    object.metadata.labels = Some(labels::labels(&shop.name, part, component));
    object.metadata.owner_references = Some(vec![shop.owner_reference()]);
    object
}

/// The same object with one more annotation.
pub fn annotated(mut object: Object, key: &str, value: &str) -> Object {
    object.metadata.annotations.get_or_insert_default().insert(key.into(), value.into());
    object
}

/// A container's security context as the restricted Pod Security Standard wants it, with a read-only root.
pub fn restricted_container() -> Value {
    json!({
        "allowPrivilegeEscalation": false,
        "capabilities": { "drop": ["ALL"] },
        "privileged": false,
        "readOnlyRootFilesystem": true,
    })
}

/// A pod's security context as the restricted Pod Security Standard wants it.
pub fn restricted_pod(uid: i64) -> Value {
    json!({
        "fsGroup": uid,
        "fsGroupChangePolicy": "OnRootMismatch",
        "runAsGroup": uid,
        "runAsNonRoot": true,
        "runAsUser": uid,
        "seccompProfile": { "type": "RuntimeDefault" },
    })
}

#[cfg(test)]
mod tests;
