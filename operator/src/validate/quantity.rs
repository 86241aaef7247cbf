//! Quantities: what Kubernetes can read as a size or a share of a CPU.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::Invalid;
use crate::api::ShopSpec;
use crate::api::spec::{EmbeddedStore, Resources};
use crate::objects::quantity::value;

/// Checks every quantity of a spec.
///
/// # Errors
///
/// [`Invalid::Quantity`] for the first that is none, [`Invalid::AboveLimit`] for the first request above its limit.
pub fn check(spec: &ShopSpec) -> Result<(), Invalid> {
    for (name, service) in &spec.services {
        resources(&format!("services.{name}"), service.resources.as_ref())?;
    }
    let stores = [
        ("postgres", &spec.postgres.embedded),
        ("nats", &spec.nats.embedded),
        ("redis", &spec.redis.embedded),
    ];
    for (name, store) in stores {
        embedded(name, store.as_ref())?;
    }
    resources("gateway", spec.gateway.resources.as_ref())
}

fn embedded(name: &str, store: Option<&EmbeddedStore>) -> Result<(), Invalid> {
    let Some(store) = store else { return Ok(()) };
    if !is_quantity(&store.storage.0, false) {
        let (field, value) = (format!("{name}.embedded.storage"), store.storage.0.clone());
        return Err(Invalid::Quantity { field, value, example: "a size such as 5Gi" });
    }
    resources(&format!("{name}.embedded"), store.resources.as_ref())
}

fn resources(owner: &str, resources: Option<&Resources>) -> Result<(), Invalid> {
    let Some(resources) = resources else { return Ok(()) };
    for (list, all) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        for (resource, Quantity(value)) in all {
            // Asking for nothing is allowed: a request of 0 keeps a namespace's default from being filled in.
            if !is_quantity(value, list == "requests") {
                let field = format!("{owner}.resources.{list}.{resource}");
                let example =
                    if resource == "cpu" { "a number such as 250m or 1" } else { "a size such as 256Mi" };
                return Err(Invalid::Quantity { field, value: value.clone(), example });
            }
        }
    }
    within_limits(owner, resources)
}

/// A request above its limit would be refused for every pod.
fn within_limits(owner: &str, resources: &Resources) -> Result<(), Invalid> {
    for (resource, Quantity(asked)) in &resources.requests {
        let Some(Quantity(limit)) = resources.limits.get(resource) else { continue };
        if value(asked) > value(limit) {
            let field = format!("{owner}.resources.requests.{resource}");
            return Err(Invalid::AboveLimit { field, value: asked.clone(), limit: limit.clone() });
        }
    }
    Ok(())
}

/// Whether Kubernetes reads this as a quantity, above 0 unless `zero` is allowed.
fn is_quantity(text: &str, zero: bool) -> bool {
    value(text).is_some_and(|value| zero || value > 0.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_field_is_named_with_what_to_write() {
        let told = |change: serde_json::Value| {
            let mut spec = json!(ShopSpec::new("0.1.0", "kopi.example.com", "IDR"));
            spec.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
            check(&serde_json::from_value(spec).unwrap()).map_err(|invalid| invalid.to_string())
        };
        assert_eq!(told(json!({})), Ok(()));
        assert_eq!(
            told(json!({ "postgres": { "embedded": { "storage": "5GB" } } })).unwrap_err(),
            "spec.postgres.embedded.storage: 5GB is not a quantity above 0; write a size such as 5Gi"
        );
        assert_eq!(
            told(json!({ "services": { "order": { "resources": { "limits": { "cpu": "lots" } } } } }))
                .unwrap_err(),
            "spec.services.order.resources.limits.cpu: lots is not a quantity above 0; write a number such as 250m or 1"
        );
        let gateway = json!({ "gateway": { "resources": { "requests": { "memory": "-1Mi" } } } });
        assert!(told(gateway).unwrap_err().starts_with("spec.gateway.resources.requests.memory: -1Mi"));
    }
}
