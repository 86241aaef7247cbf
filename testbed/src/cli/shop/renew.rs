//! Making anew what runs an older image of the same tag.
//!
//! Kubernetes tells images apart by their tags, and the tag is the Shop's version: while somebody develops, the code
//! changes and the version stays. Neither pods nor finished migrations would notice.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::Value;
use warung_testbed::images::release::{IMAGE, Image};
use warung_testbed::node::Progress;
use warung_testbed::wait;

use super::install::Shop;
use super::{Cluster, program};

/// Annotation: the id of the image that a Shop, or the operator's pods, run.
pub const ANNOTATION: &str = "warung.dev/testbed-image";
/// For all migrations to be done again.
const MIGRATED_WITHIN: Duration = Duration::from_secs(180);
/// For one service to be restarted, in kubectl's words.
const RESTARTED_WITHIN: &str = "--timeout=3m";

/// Migrates and restarts what the Shop runs of an image that was loaded before this one, and notes that it runs this one.
///
/// # Errors
///
/// A migration doesn't end well: the Shop's conditions say why.
pub fn renew(cluster: &Cluster, shop: &Shop, image: &Image, progress: &Progress) -> Result<()> {
    let runs = running(&json(cluster, shop, &["get", "shop", &shop.name])?);
    if runs.is_some_and(|id| id != image.id) {
        migrate(cluster, shop, progress)?;
        restart(cluster, shop, progress)?;
    }
    let note = format!("{ANNOTATION}={}", image.id);
    kubectl(cluster, shop, &["annotate", "--overwrite", "shop", &shop.name, &note]).map(drop)
}

/// The operator makes a migration that is gone anew, with the image that the tag names now.
fn migrate(cluster: &Cluster, shop: &Shop, progress: &Progress) -> Result<()> {
    let jobs = of_image(&json(cluster, shop, &["get", "jobs"])?);
    if jobs.is_empty() {
        return Ok(());
    }
    progress.say("the image is a new one: migrate again");
    kubectl(cluster, shop, &words("delete job", &jobs))?;
    wait::until("a migration", MIGRATED_WITHIN, || {
        let made = json(cluster, shop, &words("get job --ignore-not-found", &jobs))?;
        Ok(complete(&made) == jobs.len())
    })
    .with_context(|| closer(cluster, shop))
}

/// All at once, as their schemas are migrated already; waits until none of the old pods is left.
fn restart(cluster: &Cluster, shop: &Shop, progress: &Progress) -> Result<()> {
    let deployments = of_image(&json(cluster, shop, &["get", "deployments"])?);
    if deployments.is_empty() {
        return Ok(());
    }
    progress.say(&format!("the image is a new one: restart {}", deployments.join(", ")));
    kubectl(cluster, shop, &words("rollout restart deployment", &deployments))?;
    for deployment in &deployments {
        kubectl(cluster, shop, &["rollout", "status", "deployment", deployment, RESTARTED_WITHIN])
            .with_context(|| closer(cluster, shop))?;
    }
    Ok(())
}

fn closer(cluster: &Cluster, shop: &Shop) -> String {
    format!("look closer: {} -n {} get shop,pods", cluster.typed_kubectl(), shop.namespace)
}

/// The id of the image that a Shop runs, where it was noted.
fn running(shop: &Value) -> Option<String> {
    shop["metadata"]["annotations"][ANNOTATION].as_str().map(str::to_owned)
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list["items"].as_array().into_iter().flatten()
}

/// Names of the workloads in a list whose pods run our image.
fn of_image(list: &Value) -> Vec<String> {
    let ours = items(list).filter(|item| {
        let containers = item["spec"]["template"]["spec"]["containers"].as_array();
        containers.is_some_and(|all| all.iter().any(|container| container["image"] == IMAGE))
    });
    ours.filter_map(|item| item["metadata"]["name"].as_str().map(str::to_owned)).collect()
}

/// How many Jobs of a list, or of one alone, are complete.
fn complete(jobs: &Value) -> usize {
    let succeeded = |job: &&Value| job["status"]["succeeded"].as_u64().is_some_and(|pods| pods > 0);
    items(jobs).chain([jobs]).filter(succeeded).count()
}

fn words<'a>(command: &'a str, names: &'a [String]) -> Vec<&'a str> {
    command.split(' ').chain(names.iter().map(String::as_str)).collect()
}

fn json(cluster: &Cluster, shop: &Shop, arguments: &[&str]) -> Result<Value> {
    program::json(in_namespace(cluster, shop, arguments)?.arg("-o=json"))
}

fn kubectl(cluster: &Cluster, shop: &Shop, arguments: &[&str]) -> Result<String> {
    program::text(&mut in_namespace(cluster, shop, arguments)?)
}

fn in_namespace(cluster: &Cluster, shop: &Shop, arguments: &[&str]) -> Result<Command> {
    let mut kubectl = cluster.kubectl()?;
    kubectl.args(["--namespace", &shop.namespace]).args(arguments);
    Ok(kubectl)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_runs_our_image_is_told_apart() {
        let workload = |name: &str, image: &str| {
            json!({ "metadata": { "name": name },
                "spec": { "template": { "spec": { "containers": [{ "image": image }] } } } })
        };
        let list = json!({ "items": [workload("order", IMAGE), workload("gateway", "envoy:1")] });
        assert_eq!(of_image(&list), ["order"]);
    }

    #[test]
    fn jobs_count_when_they_have_succeeded() {
        let done = json!({ "status": { "succeeded": 1 } });
        assert_eq!(complete(&json!({ "items": [done, { "status": {} }] })), 1);
        assert_eq!(complete(&done), 1, "kubectl prints one alone without a list");
        assert_eq!(complete(&Value::Null), 0, "and nothing where it finds none");
    }
}
