//! The Shop's recording and alert rules: the data of dashboards/rules/shop.yaml, narrowed to the Shop's namespace, with
//! its own targets and a runbook for each alert.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::watched;
use crate::objects::{Object, kinds};
use crate::plan::document::{self, Fault};
use crate::validate::ValidShop;

/// Path in the repository, for messages.
pub const FILE: &str = "dashboards/rules/shop.yaml";
const TEXT: &str = include_str!("../../../../dashboards/rules/shop.yaml");

/// The namespace that the data file is written for.
const EXAMPLE_NAMESPACE: &str = "kopi";

/// Where the runbooks can be read.
const RUNBOOKS: &str = "https://github.com/warung-dev/warung/blob/main/docs/runbooks";

/// A file of rules, as Prometheus reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Groups, each evaluated in order.
    pub groups: Vec<Group>,
}

/// Rules that are evaluated one after another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Unique in the file.
    pub name: String,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A recording rule (`record`) or an alert (`alert`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Name of the series that is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<String>,
    /// Name of the alert.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<String>,
    /// PromQL.
    pub expr: String,
    /// How long the expression must hold before the alert fires.
    #[serde(default, rename = "for", skip_serializing_if = "Option::is_none")]
    pub hold: Option<String>,
    /// Further labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Texts for people.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// The rules as they stand in the data file.
///
/// # Errors
///
/// [`Fault::Parse`].
pub fn example() -> Result<Rules, Fault> {
    document::parse(FILE, TEXT)
}

/// The PrometheusRule of a Shop.
///
/// # Errors
///
/// [`Fault`] when the data file does not parse.
pub fn object(shop: &ValidShop) -> Result<Object, Fault> {
    let targets = Targets {
        error_budget_ppm: shop.observability.error_budget_ppm,
        latency_p99_ms: shop.observability.latency_p99_ms,
    };
    let rules = narrowed(example()?, &shop.namespace, targets);
    Ok(watched(shop, kinds::PROMETHEUS_RULE, "shop", json!(rules)))
}

/// What a Shop promises.
#[derive(Debug, Clone, Copy)]
pub struct Targets {
    /// Share of requests that may fail, in parts per million (1 to 999 999).
    pub error_budget_ppm: u32,
    /// Latency promised to 99 of 100 requests, in milliseconds.
    pub latency_p99_ms: u32,
}

/// The rules for one namespace and its targets.
pub fn narrowed(mut rules: Rules, namespace: &str, targets: Targets) -> Rules {
    for rule in rules.groups.iter_mut().flat_map(|group| &mut group.rules) {
        match rule.record.as_deref() {
            Some("warung:slo_error_budget:ratio") => {
                rule.expr = format!("vector(0.{:06})", targets.error_budget_ppm);
            }
            Some("warung:slo_latency_p99:seconds") => {
                let ms = targets.latency_p99_ms;
                rule.expr = format!("vector({}.{:03})", ms / 1000, ms % 1000);
            }
            _ => rule.expr = in_namespace(&rule.expr, namespace),
        }
        if let Some(label) = rule.labels.get_mut("namespace") {
            namespace.clone_into(label);
        }
        if let Some(alert) = &rule.alert {
            let url = format!("{RUNBOOKS}/{}.md", slug(alert));
            rule.annotations.insert("runbook_url".into(), url);
        }
    }
    rules
}

/// The expression with its matchers on the example's namespace turned to another. A namespace is a DNS label, so it
/// needs no quoting in PromQL.
fn in_namespace(expression: &str, namespace: &str) -> String {
    let matcher = |namespace: &str| format!("namespace=\"{namespace}\"");
    expression.replace(&matcher(EXAMPLE_NAMESPACE), &matcher(namespace))
}

/// `OutboxStuck` has the runbook outbox-stuck.md.
pub fn slug(alert: &str) -> String {
    let mut slug = String::new();
    for c in alert.chars() {
        if c.is_ascii_uppercase() && !slug.is_empty() {
            slug.push('-');
        }
        slug.push(c.to_ascii_lowercase());
    }
    slug
}
