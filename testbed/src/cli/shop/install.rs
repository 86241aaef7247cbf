//! The two charts and the Shop.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use warung_testbed::images::release::Image;
use warung_testbed::node::Progress;

use super::{Cluster, program, renew};

/// Namespace of the operator.
const SYSTEM: &str = "warung-system";
/// For the operator's Deployment to be ready, in helm's words.
const OPERATOR_WITHIN: &str = "3m";

/// Name and namespace of a Shop.
pub struct Shop {
    pub name: String,
    pub namespace: String,
}

/// Installs both charts and applies the Shop.
pub fn install(
    cluster: &Cluster,
    project: &Path,
    image: Option<&Image>,
    manifest: &Path,
    progress: &Progress,
) -> Result<Shop> {
    progress.say("helm: install warung-crds");
    chart(cluster, project, "warung-crds", &[])?;
    progress.say("helm: install warung-operator and wait for it");
    chart(cluster, project, "warung-operator", &operator_values(image))?;
    let shop = read(cluster, manifest)?;
    let mut create = cluster.kubectl()?;
    let exists = program::text(create.args(["get", "namespace", &shop.namespace])).is_ok();
    if !exists {
        program::text(cluster.kubectl()?.args(["create", "namespace", &shop.namespace]))?;
    }
    progress.say(&format!("kubectl: apply {}", manifest.display()));
    program::text(cluster.kubectl()?.args(["apply", "--server-side", "-f"]).arg(manifest))?;
    Ok(shop)
}

/// Removes the Shop with its data, then both charts.
pub fn remove(cluster: &Cluster, manifest: &Path, progress: &Progress) -> Result<()> {
    if let Ok(shop) = read(cluster, manifest) {
        progress.say(&format!("delete the Shop and its namespace {}", shop.namespace));
        program::text(
            cluster.kubectl()?.args(["delete", "--ignore-not-found", "--timeout=2m", "-f"]).arg(manifest),
        )?;
        let mut namespace = cluster.kubectl()?;
        namespace.args(["delete", "namespace", &shop.namespace, "--ignore-not-found", "--timeout=2m"]);
        program::text(&mut namespace)?;
    }
    for name in ["warung-operator", "warung-crds"] {
        progress.say(&format!("helm: uninstall {name}"));
        program::text(cluster.helm()?.args([
            "uninstall",
            name,
            "--namespace",
            SYSTEM,
            "--ignore-not-found",
            "--wait",
        ]))?;
    }
    remove_crd(cluster, progress)?;
    program::text(cluster.kubectl()?.args([
        "delete",
        "namespace",
        SYSTEM,
        "--ignore-not-found",
        "--timeout=2m",
    ]))
    .map(drop)
}

/// The chart keeps the CRD, because every Shop goes with it; here it goes too, unless somebody else's Shop is left.
fn remove_crd(cluster: &Cluster, progress: &Progress) -> Result<()> {
    let shops = program::text(cluster.kubectl()?.args(["get", "shops", "--all-namespaces", "-o=name"]));
    match shops.as_deref().map(str::trim) {
        Ok("") => {}
        Ok(left) => {
            progress.say(&format!("keep the CRD: there are other Shops ({})", left.replace('\n', ", ")));
            return Ok(());
        }
        // No CRD, nothing to remove.
        Err(_) => return Ok(()),
    }
    progress.say("delete the CRD");
    let mut kubectl = cluster.kubectl()?;
    kubectl.args(["delete", "crd", "shops.warung.dev", "--ignore-not-found", "--timeout=2m"]);
    program::text(&mut kubectl).map(drop)
}

/// Pods that say which image they run are replaced when it is another one, also under the same tag.
fn operator_values(image: Option<&Image>) -> Vec<String> {
    let escaped = renew::ANNOTATION.replace('.', "\\.");
    image.map(|image| format!("podAnnotations.{escaped}={}", image.id)).into_iter().collect()
}

fn chart(cluster: &Cluster, project: &Path, name: &str, values: &[String]) -> Result<()> {
    let mut helm = cluster.helm()?;
    helm.args(["upgrade", "--install", name]).arg(project.join("charts").join(name));
    helm.args(["--namespace", SYSTEM, "--create-namespace", "--wait", "--timeout", OPERATOR_WITHIN]);
    helm.args(values.iter().flat_map(|value| ["--set-string", value]));
    program::text(&mut helm).map(drop).map_err(|error| match waiting(cluster).unwrap_or_default() {
        reasons if reasons.is_empty() => error,
        reasons => error.context(reasons.join("\n")),
    })
}

/// Why pods of the operator don't run, such as an image that can't be pulled, a line each: helm only says that it waited.
fn waiting(cluster: &Cluster) -> Result<Vec<String>> {
    let mut kubectl = cluster.kubectl()?;
    Ok(reasons(&program::json(kubectl.args(["get", "pods", "--namespace", SYSTEM, "-o=json"]))?))
}

fn reasons(pods: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut reasons = Vec::new();
    for pod in list(&pods["items"]) {
        for container in list(&pod["status"]["containerStatuses"]) {
            let why = &container["state"]["waiting"];
            if let Some(reason) = why["reason"].as_str() {
                let words = why["message"].as_str().unwrap_or_default();
                reasons.push(format!(
                    "{}: {reason} {words}",
                    pod["metadata"]["name"].as_str().unwrap_or("a pod")
                ));
            }
        }
    }
    reasons
}

/// The Shop's name and namespace, as kubectl reads them.
pub fn read(cluster: &Cluster, manifest: &Path) -> Result<Shop> {
    let mut kubectl = cluster.kubectl()?;
    let documents =
        program::json(kubectl.args(["create", "--dry-run=client", "-o=json", "-f"]).arg(manifest))?;
    let items = documents["items"].as_array().cloned().unwrap_or_else(|| vec![documents]);
    let shop = items.iter().find(|item| item["kind"] == "Shop");
    let data = &shop.with_context(|| format!("{} has no Shop", manifest.display()))?["metadata"];
    let field = |name: &str| data[name].as_str().map(str::to_owned);
    Ok(Shop {
        name: field("name").context("the Shop has no name")?,
        namespace: field("namespace").unwrap_or_else(|| "default".to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn a_pod_that_waits_says_why() {
        let waits = json!({ "reason": "ErrImagePull", "message": "no such host" });
        let status = json!([{ "state": { "waiting": waits } }, { "state": { "running": {} } }]);
        let pod =
            json!({ "metadata": { "name": "warung-operator-1" }, "status": { "containerStatuses": status } });
        let new = json!({ "metadata": { "name": "warung-operator-2" }, "status": {} });
        let reasons = super::reasons(&json!({ "items": [pod, new] }));
        assert_eq!(reasons, ["warung-operator-1: ErrImagePull no such host"]);
    }
}
