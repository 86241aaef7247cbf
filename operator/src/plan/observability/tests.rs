//! The data of dashboards/ held against itself: every metric named is known, every alert has a runbook and tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::dashboard;
use super::rule::{Targets, example, narrowed, slug};
use crate::plan::document;

const METRICS: &str = include_str!("../../../../dashboards/metrics.yaml");

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn known() -> BTreeSet<String> {
    let by_owner: BTreeMap<String, Vec<String>> =
        document::parse("dashboards/metrics.yaml", METRICS).expect("YAML");
    let recorded = example().expect("it parses").groups.into_iter().flat_map(|group| group.rules);
    by_owner.into_values().flatten().chain(recorded.filter_map(|rule| rule.record)).collect()
}

/// Every PromQL expression of the dashboards and the rules, with where it stands.
fn expressions() -> Vec<(String, String)> {
    let mut all = Vec::new();
    for group in example().expect("it parses").groups {
        for rule in group.rules {
            all.push((rule.alert.or(rule.record).expect("a rule has a name"), rule.expr));
        }
    }
    for (name, _, text) in dashboard::ALL {
        let board: Value = serde_json::from_str(text).expect("JSON");
        for panel in board["panels"].as_array().expect("panels") {
            for target in panel["targets"].as_array().into_iter().flatten() {
                all.push((
                    format!("{name}: {}", panel["title"]),
                    target["expr"].as_str().expect("PromQL").to_owned(),
                ));
            }
        }
    }
    all
}

/// The metric names in a PromQL expression: words that are no function, no label, no keyword, no unit.
fn metrics(expression: &str) -> BTreeSet<String> {
    let labels = ["by", "without", "on", "ignoring", "group_left", "group_right"];
    let operators = ["and", "or", "unless", "bool", "offset", "sum", "max", "min", "avg", "count"];
    let mut found = BTreeSet::new();
    let mut text = expression.chars().peekable();
    let mut word = String::new();
    let mut depth = (0, 0);
    let mut skip_list = false;
    while let Some(c) = text.next() {
        match c {
            '"' => while text.next_if(|c| *c != '"').is_some() {},
            '{' => depth.0 += 1,
            '}' => depth.0 -= 1,
            '[' => depth.1 += 1,
            ']' => depth.1 -= 1,
            _ if depth != (0, 0) => {}
            'a'..='z' | 'A'..='Z' | '_' | ':' => word.push(c),
            '0'..='9' if !word.is_empty() => word.push(c),
            _ => {}
        }
        if c == '"' {
            text.next();
        }
        let ended = !text.peek().is_some_and(|c| c.is_ascii_alphanumeric() || "_:".contains(*c));
        if ended && !word.is_empty() {
            let word = std::mem::take(&mut word);
            while text.next_if(|c| c.is_whitespace()).is_some() {}
            if labels.contains(&word.as_str()) {
                skip_list = text.next_if_eq(&'(').is_some();
            } else if text.peek() != Some(&'(') && !skip_list && !operators.contains(&word.as_str()) {
                found.insert(word);
            }
        }
        if c == ')' || text.peek() == Some(&')') {
            skip_list = false;
        }
    }
    found
}

#[test]
fn metric_names_are_found_in_an_expression() {
    let expression = r#"histogram_quantile(0.99, sum by (le, service) (rate(x_bucket{a="b c", d=~"e|f"}[5m]))) > on (ns) group_left () 2 * a:b:c{g="h"} unless up"#;
    assert_eq!(metrics(expression), ["a:b:c", "up", "x_bucket"].map(String::from).into());
}

#[test]
fn every_metric_that_a_dashboard_or_a_rule_names_is_known() {
    let known = known();
    let mut seen = BTreeSet::new();
    for (place, expression) in expressions() {
        let named = metrics(&expression);
        assert!(
            !named.is_empty() || expression.starts_with("vector("),
            "{place} names no metric: {expression}"
        );
        for metric in named {
            assert!(
                known.contains(&metric),
                "{place} names {metric}, which dashboards/metrics.yaml doesn't have"
            );
            seen.insert(metric);
        }
    }
    let idle: Vec<&String> = known.difference(&seen).collect();
    assert!(idle.is_empty(), "no dashboard or rule names {idle:?}; take them out of dashboards/metrics.yaml");
}

#[test]
fn every_alert_has_a_runbook_and_a_test_that_fires_it_and_one_that_does_not() {
    for rule in example().expect("it parses").groups.into_iter().flat_map(|group| group.rules) {
        let Some(alert) = rule.alert else { continue };
        let runbook = repository("docs/runbooks").join(slug(&alert) + ".md");
        assert!(runbook.exists(), "write {}", runbook.display());
        let path = repository("dashboards/rules/tests").join(slug(&alert) + ".yaml");
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("write {}: {error}", path.display()));
        let tests: Value = document::parse("dashboards/rules/tests", &text).expect("YAML");
        let cases = tests["tests"].as_array().expect("a list of tests").iter();
        let expected: Vec<usize> = cases
            .flat_map(|case| case["alert_rule_test"].as_array().expect("a list of expectations"))
            .filter(|case| case["alertname"] == alert.as_str())
            .map(|case| case["exp_alerts"].as_array().map_or(0, Vec::len))
            .collect();
        assert!(expected.contains(&0) && expected.iter().any(|count| *count > 0), "{alert}: {expected:?}");
    }
}

#[test]
fn rules_speak_of_the_shops_namespace_and_targets_alone() {
    let targets = Targets { error_budget_ppm: 500, latency_p99_ms: 1250 };
    let rules = narrowed(example().expect("it parses"), "toko", targets);
    let all: Vec<_> = rules.groups.iter().flat_map(|group| &group.rules).collect();
    let recorded =
        |name: &str| all.iter().find(|rule| rule.record.as_deref() == Some(name)).expect("it is recorded");
    assert_eq!(recorded("warung:slo_error_budget:ratio").expr, "vector(0.000500)");
    assert_eq!(recorded("warung:slo_latency_p99:seconds").expr, "vector(1.250)");
    for rule in &all {
        let name = rule.alert.as_ref().or(rule.record.as_ref());
        assert!(
            !rule.expr.contains("kopi") && rule.labels.get("namespace").is_none_or(|n| n == "toko"),
            "{name:?}"
        );
        assert!(rule.expr.starts_with("vector(") || rule.expr.contains("namespace=\"toko\""), "{name:?}");
        if rule.alert.is_some() {
            assert!(rule.annotations["runbook_url"].ends_with(".md"), "{name:?}");
            assert!(rule.labels.contains_key("severity"), "{name:?}");
        }
    }
}
