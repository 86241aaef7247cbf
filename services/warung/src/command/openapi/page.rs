//! An OpenAPI document as one HTML page that needs no network.

use std::collections::BTreeMap;

use anyhow::Context as _;
use minijinja::{AutoEscape, Environment, context};
use serde_json::{Map, Value};

const TEMPLATE: &str = include_str!("page.html");

/// The page of a document.
///
/// # Errors
///
/// When the document has no paths, or the template does not fit it.
pub fn render(document: &Value) -> anyhow::Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("page", TEMPLATE)?;
    let groups = groups(document["paths"].as_object().context("the document has no paths")?);
    Ok(environment.get_template("page")?.render(context! { document, groups })?)
}

/// Operations under their first tag, each with its method and path.
fn groups(paths: &Map<String, Value>) -> Vec<Value> {
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let tag = operation["tags"][0].as_str().unwrap_or("other");
            let mut operation = operation.clone();
            operation["method"] = method.to_uppercase().into();
            operation["path"] = path.as_str().into();
            groups.entry(tag).or_default().push(operation);
        }
    }
    groups
        .into_iter()
        .map(|(name, operations)| serde_json::json!({ "name": name, "operations": operations }))
        .collect()
}
