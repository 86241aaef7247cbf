//! Watching a Shop until it sells, and saying what it waits for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::Value;
use warung_testbed::node::Progress;

use super::install::Shop;
use super::{Cluster, program};

/// A cold cluster may have to pull every image; with images present a minute is plenty.
const READY_WITHIN: Duration = Duration::from_secs(600);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// What stands in the way for so long is left to a person. A Secret may come a moment after the Shop, and a program that
/// ended once may run the second time.
const PATIENCE: Duration = Duration::from_secs(30);
/// Reasons that no waiting mends: only another spec does.
const FINAL: [&str; 2] = ["InvalidSpec", "SecondShop"];

/// Prints what is worth knowing of the conditions when it changes, until the Shop is ready.
///
/// # Errors
///
/// Something waits for a person, or the time is over: the message is the Shop's own.
pub fn until_ready(cluster: &Cluster, shop: &Shop, progress: &Progress) -> Result<()> {
    let started = Instant::now();
    let (mut said, mut standstill) = (BTreeMap::new(), Standstill::default());
    loop {
        let status = status(cluster, shop)?;
        let all = conditions(&status);
        for line in news(&all, &mut said) {
            progress.say(&format!("  {line}"));
        }
        if all.iter().any(|condition| condition.name == "Ready" && condition.holds) {
            let seconds = started.elapsed().as_secs_f32();
            progress.say(&format!("the shop {} is ready {seconds:.0} s after it was applied", shop.name));
            return Ok(());
        }
        if let Some(Condition { reason, message, .. }) = standstill.lasts(&all, Instant::now()) {
            bail!("the shop {} waits for you: {reason} {message}\n{}", shop.name, closer(cluster, shop));
        }
        if started.elapsed() > READY_WITHIN {
            let failure = status["lastFailure"].as_str().unwrap_or("it has not said why");
            let seconds = READY_WITHIN.as_secs();
            bail!(
                "the shop {} is not ready after {seconds} s: {failure}\n{}",
                shop.name,
                closer(cluster, shop)
            );
        }
        std::thread::sleep(PAUSE);
    }
}

fn closer(cluster: &Cluster, shop: &Shop) -> String {
    format!("Look closer: {} -n {} describe shop {}", cluster.typed_kubectl(), shop.namespace, shop.name)
}

/// What stands in the way, and since when.
#[derive(Default)]
struct Standstill(Option<(String, Instant)>);

impl Standstill {
    /// The condition that waits for a person, once it is certain that it does.
    fn lasts<'a>(&mut self, all: &'a [Condition], now: Instant) -> Option<&'a Condition> {
        let stalled = all.iter().find(|condition| condition.name == "Stalled" && condition.holds);
        let before = self.0.take();
        let stalled = stalled?;
        let since = before.filter(|(message, _)| *message == stalled.message).map_or(now, |(_, since)| since);
        self.0 = Some((stalled.message.clone(), since));
        let certain = FINAL.contains(&stalled.reason.as_str()) || now.duration_since(since) >= PATIENCE;
        certain.then_some(stalled)
    }
}

fn status(cluster: &Cluster, shop: &Shop) -> Result<Value> {
    let mut kubectl = cluster.kubectl()?;
    let mut whole =
        program::json(kubectl.args(["get", "shop", &shop.name, "-n", &shop.namespace, "-o=json"]))?;
    let generation = whole["metadata"]["generation"].clone();
    let status = whole["status"].take();
    // Until the operator has seen this generation, what it says is about another.
    Ok(if status["observedGeneration"] == generation { status } else { Value::Null })
}

/// One condition of a Shop's status.
#[derive(Clone)]
struct Condition {
    name: String,
    holds: bool,
    reason: String,
    message: String,
}

fn conditions(status: &Value) -> Vec<Condition> {
    let all = status["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |condition: &Value, field: &str| condition[field].as_str().unwrap_or_default().to_owned();
    let all = all.iter().map(|condition| Condition {
        name: text(condition, "type"),
        holds: condition["status"] == "True",
        reason: text(condition, "reason"),
        message: text(condition, "message"),
    });
    all.collect()
}

/// The lines to print now, given what was `said` of each condition before.
fn news(all: &[Condition], said: &mut BTreeMap<String, String>) -> Vec<String> {
    let mut lines = Vec::new();
    for condition in all {
        let Condition { name, holds, reason, message } = condition;
        let told = match name.as_str() {
            "Reconciling" | "UpgradeInProgress" => continue,
            "TestMode" if !holds => continue,
            "Ready" if !holds => continue,
            // What is in the way is told by the condition it concerns; a wrong spec concerns none of them.
            "Stalled" if !holds || all.iter().any(|c| concerns(c) && c.message == *message) => continue,
            // No shop waits for these: what became of them is told once.
            "MeshReady" | "ObservabilityReady" | "MailReady" | "TestMode" => {
                if said.contains_key(name) || matches!(reason.as_str(), "Waiting" | "Progressing") {
                    continue;
                }
                format!("{name}: {message}")
            }
            _ => format!("{name}: {} {reason} {message}", if *holds { "True" } else { "False" }),
        };
        if said.insert(name.clone(), told.clone()).as_ref() != Some(&told) {
            lines.push(told);
        }
    }
    lines
}

/// Whether a condition tells of one part of the Shop, and is printed whenever it changes.
fn concerns(condition: &Condition) -> bool {
    matches!(condition.name.as_str(), "StoresReady" | "MigrationsComplete" | "ServicesReady" | "GatewayReady")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn status(all: &[(&str, &str, &str, &str)]) -> Vec<Condition> {
        let all = all.iter().map(|(name, status, reason, message)| {
            json!({ "type": name, "status": status, "reason": reason, "message": message })
        });
        conditions(&json!({ "conditions": all.collect::<Vec<_>>() }))
    }

    #[test]
    fn progress_is_told_once_and_by_the_part_it_concerns() {
        let mut said = BTreeMap::new();
        let waiting = status(&[
            ("Ready", "False", "Progressing", "postgres starts"),
            ("Reconciling", "True", "Progressing", "postgres starts"),
            ("Stalled", "False", "AsDesired", "nothing is in the way"),
            ("StoresReady", "False", "Progressing", "postgres starts"),
            ("MeshReady", "False", "Waiting", "an earlier step comes first"),
            ("ObservabilityReady", "False", "ApiAbsent", "no Prometheus Operator"),
            ("UpgradeInProgress", "False", "AsDesired", "nothing"),
            ("TestMode", "True", "SandboxPayments", "nobody pays"),
        ]);
        let expected = [
            "StoresReady: False Progressing postgres starts",
            "ObservabilityReady: no Prometheus Operator",
            "TestMode: nobody pays",
        ];
        assert_eq!(news(&waiting, &mut said), expected);
        assert!(news(&waiting, &mut said).is_empty());
        let done = status(&[
            ("Ready", "True", "AsDesired", "version 0.1.0 serves"),
            ("MeshReady", "True", "AsDesired", "policies are there"),
            ("ObservabilityReady", "True", "AsDesired", "monitors are there"),
        ]);
        let expected = ["Ready: True AsDesired version 0.1.0 serves", "MeshReady: policies are there"];
        assert_eq!(news(&done, &mut said), expected);
    }

    #[test]
    fn what_only_a_person_can_mend_ends_the_wait() {
        let begun = Instant::now();
        let wrong = status(&[("Stalled", "True", "InvalidSpec", "ABC is no currency")]);
        let told = Standstill::default().lasts(&wrong, begun).map(|condition| condition.message.as_str());
        assert_eq!(told, Some("ABC is no currency"));

        let missing = status(&[("Stalled", "True", "SecretMissing", "make the Secret tls")]);
        let well = status(&[("Stalled", "False", "AsDesired", "nothing is in the way")]);
        let mut standstill = Standstill::default();
        assert!(standstill.lasts(&missing, begun).is_none(), "the Secret may be on its way");
        assert!(standstill.lasts(&missing, begun + PATIENCE / 2).is_none());
        assert!(standstill.lasts(&missing, begun + PATIENCE).is_some());
        assert!(standstill.lasts(&well, begun + PATIENCE).is_none());
        assert!(standstill.lasts(&missing, begun + 2 * PATIENCE).is_none(), "it counts anew");
    }

    #[test]
    fn what_is_in_the_way_is_told_once() {
        let wrong = status(&[("Stalled", "True", "InvalidSpec", "IDX is no currency")]);
        assert_eq!(news(&wrong, &mut BTreeMap::new()), ["Stalled: True InvalidSpec IDX is no currency"]);
        let crashing = status(&[
            ("Stalled", "True", "PodCrashing", "order ends"),
            ("ServicesReady", "False", "PodCrashing", "order ends"),
        ]);
        assert_eq!(news(&crashing, &mut BTreeMap::new()), ["ServicesReady: False PodCrashing order ends"]);
    }
}
