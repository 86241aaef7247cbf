//! Watching a Shop until it sells, and saying what it waits for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde_json::Value;
use warung_testbed::node::Progress;

use super::install::Shop;
use super::{Cluster, program};

/// A cold cluster may have to pull every image; with images present a minute is plenty.
const READY_WITHIN: Duration = Duration::from_secs(600);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// Prints each condition when it changes, until the Shop is ready.
///
/// # Errors
///
/// The time is over: the message is the Shop's own last failure.
pub fn until_ready(cluster: &Cluster, shop: &Shop, progress: &Progress) -> Result<()> {
    let started = Instant::now();
    let mut said = BTreeMap::new();
    loop {
        let status = status(cluster, shop)?;
        for (name, text) in conditions(&status) {
            if said.insert(name.clone(), text.clone()).as_ref() != Some(&text) {
                progress.say(&format!("  {name}: {text}"));
            }
        }
        if said.get("Ready").is_some_and(|text| text.starts_with("True")) {
            progress.say(&format!(
                "the shop {} is ready {:.0} s after it was applied",
                shop.name,
                started.elapsed().as_secs_f32()
            ));
            return Ok(());
        }
        if started.elapsed() > READY_WITHIN {
            let failure = status["lastFailure"].as_str().unwrap_or("it has not said why");
            bail!(
                "the shop {} is not ready after {} s: {failure}\nLook closer: {} -n {} describe shop {}",
                shop.name,
                READY_WITHIN.as_secs(),
                cluster.typed_kubectl(),
                shop.namespace,
                shop.name
            );
        }
        std::thread::sleep(PAUSE);
    }
}

fn status(cluster: &Cluster, shop: &Shop) -> Result<Value> {
    let mut kubectl = cluster.kubectl()?;
    let text = program::text(kubectl.args(["get", "shop", &shop.name, "-n", &shop.namespace, "-o=json"]))?;
    let mut whole: Value = serde_json::from_str(&text).context("read what kubectl prints")?;
    let generation = whole["metadata"]["generation"].clone();
    let status = whole["status"].take();
    // Until the operator has seen this generation, what it says is about another.
    Ok(if status["observedGeneration"] == generation { status } else { Value::Null })
}

fn conditions(status: &Value) -> Vec<(String, String)> {
    let all = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    let all = all.iter().map(|condition| {
        let said = format!(
            "{} {} {}",
            text(condition, "status"),
            text(condition, "reason"),
            text(condition, "message")
        );
        (text(condition, "type"), said.trim().to_owned())
    });
    all.collect()
}
