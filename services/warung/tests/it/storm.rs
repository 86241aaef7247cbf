//! Orders go through while services and stores are killed, cut off and slowed down, webhooks are lost, repeated and
//! reordered, and customers call off, send back and leave; then it is quiet; then everything must add up.
//!
//! `WARUNG_STORM_SEED` repeats a run's choices, `WARUNG_STORM_ORDERS` makes it longer (`make storm`).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use tokio::sync::{Mutex, mpsc};
use warung_contracts::manifest;
use warung_e2e::{Admin, until};
use warung_testbed::smtp::Smtp;

use crate::{
    customers::{self, Market},
    fleet::Fleet,
    invariants::{self, Told},
    post, regrets, weather,
};

const ORDERS: usize = 2000;
/// How long the shop may take to come to rest after the storm: a message that was being sent when its process was killed
/// is sent again 90 seconds later.
const QUIET_WITHIN: Duration = Duration::from_secs(240);

fn number(name: &str, default: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name} is {text:?}")),
        Err(_) => Ok(default),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_adds_up_after_orders_went_through_in_bad_weather() -> Result<()> {
    let seed = number("WARUNG_STORM_SEED", 42)?;
    let orders = usize::try_from(number("WARUNG_STORM_ORDERS", ORDERS as u64)?)?;
    println!("storm: {orders} orders, WARUNG_STORM_SEED={seed}");
    let smtp = tokio::task::spawn_blocking(Smtp::start).await??;
    let settings = [
        ("WARUNG_PAYMENT_TTL_SECONDS", "15"),
        ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "1"),
        ("WARUNG_DATABASE_CONNECTIONS_MAX", "6"),
        ("WARUNG_LOG", "warn"),
        ("WARUNG_SMTP_URL", &smtp.url()),
    ];
    let fleet = Fleet::start(&settings).await?;
    let shop = fleet.shop()?;
    let admin = Admin::log_in(&shop, "admin@warung.local", fleet.variable("WARUNG_ADMIN_PASSWORD")).await?;
    let products = stock_the_shelves(&admin).await?;
    let shoppers = customers::register(&shop).await?;

    let (letters, letter_box) = mpsc::unbounded_channel();
    let (regrets, regretted) = mpsc::unbounded_channel();
    let market =
        Market { shop: shop.clone(), products: products.keys().cloned().collect(), seed, letters, regrets };
    let secret = fleet.variable("WARUNG_SANDBOX_WEBHOOK_SECRET").to_owned();
    let postman = tokio::spawn(post::deliver(shop.clone(), secret, seed, letter_box));
    let clerk = tokio::spawn(regrets::settle(admin, regretted));
    let (fleet, faults) = (Arc::new(Mutex::new(fleet)), Arc::new(Mutex::new(weather::Count::new())));
    let weather = tokio::spawn(weather::storm(fleet.clone(), seed, faults.clone()));
    let started = std::time::Instant::now();
    let done = customers::shop(market, shoppers, orders).await;
    weather.abort();
    let _ = weather.await;
    let done = done?;

    let mut fleet = Arc::into_inner(fleet).context("the weather has let go")?.into_inner();
    calm_down(&mut fleet).await?;
    let (delivered, settled) = (postman.await??, clerk.await??);
    let faults = Arc::into_inner(faults).context("the weather has let go")?.into_inner();
    let placed = done.accepted.values().filter(|order| order.is_some()).count();
    let (refused, seconds) = (done.accepted.len() - placed, started.elapsed().as_secs());
    println!("storm: {placed} checkouts accepted, {refused} refused for want of stock, in {seconds} s");
    let post::Delivered { sent, repeated, lost } = delivered;
    println!("storm: {sent} webhooks came in any order, {repeated} of them again, {lost} never");
    let regrets::Settled { called_off, too_late, sent_back } = settled;
    println!(
        "storm: {called_off} paid orders called off, {too_late} too late, {sent_back} sent back in part"
    );
    println!("storm: {} accounts deleted in the middle", done.left.len());
    for (fault, times) in &faults {
        println!("storm: {times:>5} x {fault}");
    }
    let faults: usize = faults.values().sum();
    ensure!(placed == orders, "{placed} of {orders} orders were accepted");
    ensure!(faults * 20 > orders, "too few faults: this was no storm");
    ensure!(called_off > 0 && sent_back > 0 && !done.left.is_empty(), "nobody thought better of anything");

    rest(&fleet).await?;
    let told =
        Told { products, accepted: done.accepted, left: done.left, sent_back, mails: smtp.mails()?, faults };
    invariants::hold(&fleet, &told).await
}

/// Ends every fault, and waits until every service is ready.
async fn calm_down(fleet: &mut Fleet) -> Result<()> {
    fleet.proxies().quiet().await?;
    fleet.revive()?;
    for manifest in manifest::all() {
        fleet.ready(&manifest.name).await?;
    }
    Ok(())
}

/// Waits until nothing moves any more; says what each service said last when that takes too long.
async fn rest(fleet: &Fleet) -> Result<()> {
    let rest = until("rest after the storm", QUIET_WITHIN, || async {
        let restless = invariants::restless(fleet).await?;
        if restless.is_empty() { Ok(Some(())) } else { anyhow::bail!("{}", restless.join("; ")) }
    })
    .await;
    if rest.is_err() {
        for manifest in manifest::all() {
            println!("--- {}\n{}", manifest.name, fleet.last_words(&manifest.name));
        }
    }
    rest
}

/// Products by id with what was put on the shelf: some plenty, some scarce.
async fn stock_the_shelves(admin: &Admin) -> Result<BTreeMap<String, u32>> {
    let mut products = BTreeMap::new();
    for (n, stock) in [100_000, 500, 100, 10].into_iter().enumerate() {
        let price = 1_250_000 + 1000 * i64::try_from(n)?;
        products.insert(admin.product(&format!("Kopi {n}"), price, "IDR", stock).await?, stock);
    }
    Ok(products)
}
