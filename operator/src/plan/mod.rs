//! `ValidShop` × `Observed` → the objects a Shop becomes, in ordered stages. Pure.

use kube::core::DynamicObject;
use serde_json::{Value, json};

use crate::validate::ValidShop;

pub mod gateway;
pub mod kinds;
pub mod labels;
pub mod mesh;
pub mod names;
pub mod observability;

/// An object to apply: name, namespace, labels and owner filled in.
pub type Object = DynamicObject;

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
    let mut object = DynamicObject::new(name, &kind.resource()).within(&shop.namespace).data(body);
    object.metadata.labels = Some(labels::labels(shop, part, component));
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
