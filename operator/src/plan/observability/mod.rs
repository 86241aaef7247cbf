//! What watches the Shop: monitors for Prometheus, recording and alert rules with the Shop's own targets, dashboards
//! for Grafana. The data is in dashboards/.

mod dashboard;
mod monitor;
mod rule;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::json;

use super::document::Fault;
use super::object;
use crate::objects::Object;
use crate::objects::kinds::Kind;
use crate::objects::labels::Component;
use crate::observe::Observed;
use crate::validate::ValidShop;

/// The `app.kubernetes.io/name` of objects that watch the Shop as a whole.
const PART: &str = "shop";

/// Dashboards where the Shop wants them; monitors and rules where it wants them and the Prometheus Operator is there.
///
/// # Errors
///
/// [`Fault`] when a file of dashboards/ lacks a place that is filled in.
pub fn plan(shop: &ValidShop, observed: &Observed) -> Result<Vec<Object>, Fault> {
    let wanted = &shop.observability;
    let mut objects = Vec::new();
    if wanted.dashboards.enabled {
        objects.extend(dashboard::objects(shop)?);
    }
    if observed.apis.prometheus_operator() {
        if wanted.metrics.enabled {
            objects.extend(monitor::objects(shop)?);
        }
        if wanted.alerts {
            objects.push(rule::object(shop)?);
        }
    }
    Ok(objects)
}

/// An object with this spec, and with the labels by which the Shop's Prometheus selects.
fn watched(shop: &ValidShop, kind: Kind, name: &str, spec: serde_json::Value) -> Object {
    let object = object(shop, kind, name, (PART, Component::Observability), json!({"spec": spec}));
    labelled(object, &shop.observability.metrics.labels)
}

/// The same object with more labels; the operator's own can't be replaced.
fn labelled(mut object: Object, further: &BTreeMap<String, String>) -> Object {
    let labels = object.metadata.labels.get_or_insert_default();
    for (key, value) in further {
        labels.entry(key.clone()).or_insert_with(|| value.clone());
    }
    object
}
