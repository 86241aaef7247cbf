//! JSON Schemas of every kind that an API server serves, one file a kind, for offline checks of manifests.
//!
//! The API server is the one source: its OpenAPI v3 documents cover built-in kinds and CRDs alike. Fields that it
//! doesn't name are refused by the files, as `kubectl --validate=strict` would.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::control_plane::{ControlPlane, Options};
use crate::kubernetes::kubectl;
use crate::wait;

/// For the API server to serve the schemas of new CRDs.
const SERVED_WITHIN: Duration = Duration::from_secs(180);

/// Starts an API server, gives it the CRDs in `crds` (files or folders), and writes
/// `<folder>/<group>/<kind>_<version>.json`, all in lower case, the core group as `v1` (kubeconform's word for it). Returns
/// how many.
///
/// # Errors
///
/// The API server doesn't start, a CRD is refused, or a file can't be written.
pub fn write(crds: &[&Path], folder: &Path) -> Result<usize> {
    let cluster = ControlPlane::start(Options::default())?;
    for path in crds {
        let path = path.to_string_lossy();
        get(&cluster, &["apply", "--server-side", "--force-conflicts", "-f", &path])?;
    }
    wait_until_served(&cluster)?;
    let mut count = 0;
    for document in documents(&cluster)? {
        let text = get(&cluster, &["get", "--raw", &document])?;
        let document: Value = serde_json::from_str(&text).context("read an OpenAPI document")?;
        count += write_document(document, folder)?;
    }
    if count == 0 {
        bail!("the API server served no schema");
    }
    Ok(count)
}

fn get(cluster: &ControlPlane, arguments: &[&str]) -> Result<String> {
    kubectl::run(cluster.kubeconfig_path(), arguments)
}

/// Paths of the documents, one a group and version.
fn documents(cluster: &ControlPlane) -> Result<Vec<String>> {
    let index: Value = serde_json::from_str(&get(cluster, &["get", "--raw", "/openapi/v3"])?)?;
    let paths = index["paths"].as_object().context("the API server has no OpenAPI documents")?;
    let wanted = paths.iter().filter(|(path, _)| path.split('/').count() >= 2);
    Ok(wanted.filter_map(|(_, entry)| entry["serverRelativeURL"].as_str().map(str::to_owned)).collect())
}

/// Every served version of every CRD appears among the documents.
fn wait_until_served(cluster: &ControlPlane) -> Result<()> {
    let each = "-o=jsonpath={range .items[*]}{.spec.group}{range .spec.versions[?(@.served==true)]} {.name}{end}{\"\\n\"}{end}";
    let list = get(cluster, &["get", "customresourcedefinitions", each])?;
    let groups: BTreeSet<String> = list
        .lines()
        .flat_map(|line| {
            let mut words = line.split(' ');
            let group = words.next().unwrap_or_default().to_owned();
            words.map(|version| format!("/apis/{group}/{version}?")).collect::<Vec<_>>()
        })
        .collect();
    wait::until("the schemas of the CRDs", SERVED_WITHIN, || {
        let served = documents(cluster)?;
        let mut have = groups.iter().map(|group| served.iter().any(|url| url.contains(group.as_str())));
        Ok(have.all(|found| found))
    })
}

/// One file for each kind, which carries the document's definitions with it.
fn write_document(mut document: Value, folder: &Path) -> Result<usize> {
    let Some(definitions) = document["components"]["schemas"].as_object_mut().map(std::mem::take) else {
        return Ok(0);
    };
    let mut definitions = Value::Object(definitions);
    tighten(&mut definitions);
    let mut count = 0;
    let names: Vec<String> = definitions.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    for name in names {
        // What has no metadata of one object (lists, options, events of a watch) is never in a manifest.
        if !definitions[&name]["properties"]["metadata"].is_object() || name.ends_with("List") {
            continue;
        }
        let kinds = definitions[&name]["x-kubernetes-group-version-kind"].clone();
        for kind in kinds.as_array().map(Vec::as_slice).unwrap_or_default() {
            let text = |field: &str| kind[field].as_str().unwrap_or_default().to_lowercase();
            let group = if text("group").is_empty() { "v1".to_owned() } else { text("group") };
            let schema = json!({
                "$ref": format!("#/components/schemas/{name}"),
                "components": {"schemas": definitions},
            });
            let path = folder.join(group).join(format!("{}_{}.json", text("kind"), text("version")));
            std::fs::create_dir_all(path.parent().context("a file without a folder")?)?;
            std::fs::write(&path, serde_json::to_vec(&schema)?)
                .with_context(|| format!("write {}", path.display()))?;
            count += 1;
        }
    }
    Ok(count)
}

/// OpenAPI to JSON Schema: unknown fields are refused, `int-or-string` and `nullable` are said in JSON Schema's words.
fn tighten(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tighten),
        Value::Object(fields) => {
            fields.values_mut().for_each(tighten);
            tighten_schema(fields);
        }
        _ => {}
    }
}

fn tighten_schema(fields: &mut Map<String, Value>) {
    let says = |fields: &Map<String, Value>, name: &str| fields.get(name) == Some(&Value::Bool(true));
    if fields.get("format") == Some(&json!("int-or-string")) || says(fields, "x-kubernetes-int-or-string") {
        for word in ["type", "format", "anyOf", "oneOf"] {
            fields.remove(word);
        }
        fields.insert("type".to_owned(), json!(["integer", "string"]));
    }
    if says(fields, "nullable")
        && let Some(Value::String(kind)) = fields.get("type").cloned()
    {
        fields.insert("type".to_owned(), json!([kind, "null"]));
    }
    let closed = fields.get("type") == Some(&json!("object"))
        && fields.get("properties").is_some_and(Value::is_object);
    if closed
        && !fields.contains_key("additionalProperties")
        && !says(fields, "x-kubernetes-preserve-unknown-fields")
    {
        fields.insert("additionalProperties".to_owned(), Value::Bool(false));
        // Within a resource embedded in another, the type's own fields are allowed too.
        if says(fields, "x-kubernetes-embedded-resource")
            && let Some(properties) = fields.get_mut("properties").and_then(Value::as_object_mut)
        {
            for name in ["apiVersion", "kind", "metadata"] {
                properties.entry(name).or_insert_with(|| json!({}));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn fields_that_are_not_named_are_refused() {
        let mut schema =
            json!({"type": "object", "properties": {"port": {"format": "int-or-string", "oneOf": []}}});
        super::tighten(&mut schema);
        assert_eq!(schema["additionalProperties"], false);
        assert_eq!(schema["properties"]["port"], json!({"type": ["integer", "string"]}));
    }

    #[test]
    fn open_objects_stay_open() {
        let mut schema = json!({
            "type": "object", "properties": {"a": {}}, "x-kubernetes-preserve-unknown-fields": true,
        });
        super::tighten(&mut schema);
        assert_eq!(schema.get("additionalProperties"), None);
    }
}
