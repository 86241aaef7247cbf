//! Grafana dashboards as ConfigMaps, which Grafana's sidecar finds by their label.

use std::collections::BTreeMap;

use serde_json::json;

use super::{PART, labelled};
use crate::objects::labels::Component;
use crate::objects::{Object, kinds};
use crate::plan::document::{Document, Fault};
use crate::plan::{digest, object};
use crate::validate::ValidShop;

/// The dashboards: name, path in the repository, content.
pub const ALL: [(&str, &str, &str); 3] = [
    ("shop", "dashboards/shop.json", include_str!("../../../../dashboards/shop.json")),
    ("gateway", "dashboards/gateway.json", include_str!("../../../../dashboards/gateway.json")),
    ("operator", "dashboards/operator.json", include_str!("../../../../dashboards/operator.json")),
];

/// The dashboards of a Shop.
///
/// # Errors
///
/// [`Fault`] when a file lacks a place that is filled in.
pub fn objects(shop: &ValidShop) -> Result<Vec<Object>, Fault> {
    ALL.into_iter().map(|(name, file, text)| config_map(shop, name, Document::parse(file, text)?)).collect()
}

fn config_map(shop: &ValidShop, name: &str, mut dashboard: Document) -> Result<Object, Fault> {
    // Two Shops' dashboards stand side by side in one Grafana. Its ids have at most 40 characters.
    let place = digest(&json!([shop.namespace, shop.name]));
    dashboard.set("uid", format!("warung-{name}-{place}"))?;
    let title = dashboard.at("title")?.as_str().unwrap_or(name).to_owned();
    dashboard.set("title", format!("Warung / {} / {title}", shop.name))?;
    dashboard.set("templating/list/@namespace/query", shop.namespace.clone())?;
    let current = json!({"text": shop.namespace, "value": shop.namespace, "selected": true});
    dashboard.set("templating/list/@namespace/current", current)?;
    let data = BTreeMap::from([(format!("{}-{name}.json", shop.name), dashboard.value().to_string())]);
    let name = format!("dashboard-{name}");
    let object =
        object(shop, kinds::CONFIG_MAP, &name, (PART, Component::Observability), json!({"data": data}));
    Ok(labelled(object, &shop.observability.dashboards.labels))
}
