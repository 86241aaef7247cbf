//! How many pods of a service there are, and how many may be away at once.

use serde_json::json;

use crate::objects::labels::{self, Component};
use crate::objects::{Object, kinds};
use crate::plan::object;
use crate::validate::{ValidService, ValidShop};

/// A PodDisruptionBudget, and a HorizontalPodAutoscaler where asked.
pub fn objects(shop: &ValidShop, service: &ValidService) -> Vec<Object> {
    let name = service.manifest.name.as_str();
    let part = (name, Component::Service);
    // maxUnavailable, so that a single pod never blocks a node from being drained.
    let budget = json!({ "spec": {
        "maxUnavailable": 1,
        "selector": { "matchLabels": labels::selector(&shop.name, name) },
        "unhealthyPodEvictionPolicy": "AlwaysAllow",
    }});
    let mut all = vec![object(shop, kinds::DISRUPTION_BUDGET, name, part, budget)];
    if let Some(scaling) = &service.autoscaling {
        let target = json!({ "type": "Utilization", "averageUtilization": scaling.target_cpu_percent });
        let body = json!({ "spec": {
            "scaleTargetRef": { "apiVersion": "apps/v1", "kind": "Deployment", "name": name },
            "minReplicas": scaling.min_replicas,
            "maxReplicas": scaling.max_replicas,
            "metrics": [{ "type": "Resource", "resource": { "name": "cpu", "target": target } }],
        }});
        all.push(object(shop, kinds::AUTOSCALER, name, part, body));
    }
    all
}
