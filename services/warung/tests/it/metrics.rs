//! What dashboards and rules name is there on running services.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use warung_contracts::manifest;
use warung_e2e::{Admin, Shopper, until};

use crate::fleet::{Fleet, WITHIN};

const LIST: &str = include_str!("../../../../dashboards/metrics.yaml");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_metric_that_a_dashboard_or_a_rule_names_is_there() -> Result<()> {
    let fleet = Fleet::start(&[("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "1"), ("WARUNG_LOG", "warn")]).await?;
    let shop = fleet.shop()?;
    let admin = Admin::log_in(&shop, "admin@warung.local", fleet.variable("WARUNG_ADMIN_PASSWORD")).await?;
    let product = admin.product("Kopi Gayo", 1_000_000, "IDR", 10).await?;
    let siti = Shopper::register(&shop, "Siti").await?;
    siti.add(&product, 1).await?;
    let order = siti.check_out("one", "tok_success").await?.ok()?;
    let id = order["id"].as_str().context("an order has an id")?;
    siti.wait_for(id, &["completed"], WITHIN).await?;

    let lists: BTreeMap<String, Vec<String>> = serde_saphyr::from_str(LIST)?;
    let wanted: Vec<&String> = lists["services"].iter().chain(&lists["business"]).collect();
    ensure!(wanted.len() > 10, "the list is read");
    until("the metrics", WITHIN, || async {
        let mut there = BTreeSet::new();
        for manifest in manifest::all() {
            there.extend(names(&fleet.metrics(manifest).await?));
        }
        let missing: Vec<_> = wanted.iter().filter(|name| !there.contains(name.as_str())).collect();
        ensure!(missing.is_empty(), "no service shows {missing:?}");
        Ok(Some(()))
    })
    .await
}

/// Names of the samples of an OpenMetrics text.
fn names(text: &str) -> BTreeSet<String> {
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    samples.filter_map(|line| line.split(['{', ' ']).next()).map(str::to_owned).collect()
}
