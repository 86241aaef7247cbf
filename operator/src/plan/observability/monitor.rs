//! What Prometheus scrapes: a ServiceMonitor for all services, a PodMonitor for the gateway, whose status port has no
//! Service.

use serde_json::json;

use super::watched;
use crate::objects::labels::{self, Component};
use crate::objects::{Object, kinds, names};
use crate::plan::document::{Document, Fault};
use crate::validate::ValidShop;

const FILE: &str = "dashboards/monitors.yaml";

/// The monitors of a Shop.
///
/// # Errors
///
/// [`Fault`] when dashboards/monitors.yaml lacks a place that is filled in.
pub fn objects(shop: &ValidShop) -> Result<[Object; 2], Fault> {
    let mut document = Document::parse(FILE, include_str!("../../../../dashboards/monitors.yaml"))?;
    let interval = format!("{}s", shop.observability.metrics.interval_seconds);
    let services = json!({
        labels::SHOP: shop.name,
        "app.kubernetes.io/component": Component::Service.as_str(),
    });
    document.set("services/selector/matchLabels", services)?;
    document.set("services/endpoints/0/interval", interval.clone())?;
    document.set("gateway/selector/matchLabels", json!(labels::selector(&shop.name, names::GATEWAY)))?;
    document.set("gateway/podMetricsEndpoints/0/interval", interval)?;
    Ok([
        watched(shop, kinds::SERVICE_MONITOR, "services", document.at("services")?.take()),
        watched(shop, kinds::POD_MONITOR, names::GATEWAY, document.at("gateway")?.take()),
    ])
}
