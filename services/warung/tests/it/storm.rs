//! Orders go through while services and stores are killed, cut off and slowed down, and webhooks are lost, repeated and
//! reordered; then it is quiet; then everything must add up.
//!
//! `WARUNG_STORM_SEED` repeats a run's choices, `WARUNG_STORM_ORDERS` makes it longer (`make storm`).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use tokio::sync::{Mutex, Semaphore, mpsc};
use warung_contracts::manifest;
use warung_e2e::{Admin, Shop, Shopper, until};

use crate::{fleet::Fleet, invariants, post, weather};

const ORDERS: usize = 2000;
const SHOPPERS: usize = 40;
/// Customers who shop at the same time.
const AT_ONCE: usize = 12;
/// How long the shop may take to come to rest after the storm.
const QUIET_WITHIN: Duration = Duration::from_secs(180);

/// What the customers pay with, by weight: of ten orders, five succeed at once, two wait for their webhook.
const PAYMENTS: [&str; 10] = [
    "tok_success",
    "tok_success",
    "tok_success",
    "tok_success",
    "tok_success",
    "tok_webhook",
    "tok_webhook",
    "tok_decline",
    "tok_decline",
    "tok_expire",
];

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_adds_up_after_orders_went_through_in_bad_weather() -> Result<()> {
    let seed = number("WARUNG_STORM_SEED", 42);
    let orders = usize::try_from(number("WARUNG_STORM_ORDERS", ORDERS as u64))?;
    println!("storm: {orders} orders, WARUNG_STORM_SEED={seed}");
    let settings = [
        ("WARUNG_PAYMENT_TTL_SECONDS", "15"),
        ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "1"),
        ("WARUNG_DATABASE_CONNECTIONS_MAX", "6"),
        ("WARUNG_LOG", "warn"),
    ];
    let fleet = Fleet::start(&settings).await?;
    let shop = fleet.shop()?;
    let products = stock_the_shelves(&fleet, &shop).await?;
    let mut shoppers = Vec::new();
    for n in 0..SHOPPERS {
        shoppers.push(Shopper::register(&shop, &format!("Shopper{n}")).await?);
    }

    let (letters, inbox) = mpsc::unbounded_channel();
    let secret = fleet.variable("WARUNG_SANDBOX_WEBHOOK_SECRET").to_owned();
    let postman = tokio::spawn(post::deliver(shop.clone(), secret, seed, inbox));
    let (fleet, faults) = (Arc::new(Mutex::new(fleet)), Arc::new(Mutex::new(weather::Count::new())));
    let weather = tokio::spawn(weather::storm(fleet.clone(), seed, faults.clone()));
    let started = std::time::Instant::now();
    let accepted = shop_till_you_drop(shoppers, &products, orders, seed, &letters).await;
    weather.abort();
    let _ = weather.await;
    drop(letters);
    let accepted = accepted?;

    let mut fleet = Arc::into_inner(fleet).context("the weather has let go")?.into_inner();
    fleet.proxies().quiet().await?;
    fleet.revive()?;
    for manifest in manifest::all() {
        fleet.ready(&manifest.name).await?;
    }
    let delivered = postman.await??;
    let faults = Arc::into_inner(faults).context("the weather has let go")?.into_inner();
    let placed = accepted.values().filter(|order| order.is_some()).count();
    let (refused, seconds) = (accepted.len() - placed, started.elapsed().as_secs());
    println!("storm: {placed} checkouts accepted, {refused} refused for want of stock, in {seconds} s");
    let post::Delivered { sent, repeated, lost } = delivered;
    println!("storm: {sent} webhooks came in any order, {repeated} of them again, {lost} never");
    for (fault, times) in &faults {
        println!("storm: {times:>5} x {fault}");
    }
    ensure!(placed == orders, "{placed} of {orders} orders were accepted");
    ensure!(faults.values().sum::<usize>() * 20 > orders, "too few faults: this was no storm");

    let rest = until("rest after the storm", QUIET_WITHIN, || async {
        let restless = invariants::restless(&fleet).await?;
        if restless.is_empty() { Ok(Some(())) } else { anyhow::bail!("{}", restless.join("; ")) }
    })
    .await;
    if let Err(error) = rest {
        for manifest in manifest::all() {
            println!("--- {}\n{}", manifest.name, fleet.last_words(&manifest.name));
        }
        return Err(error);
    }
    invariants::hold(&fleet, &products, &accepted).await
}

/// Products by id with what was put on the shelf: some plenty, some scarce.
async fn stock_the_shelves(fleet: &Fleet, shop: &Shop) -> Result<BTreeMap<String, u32>> {
    let password = fleet.variable("WARUNG_ADMIN_PASSWORD");
    let admin = Admin::log_in(shop, "admin@warung.local", password).await?;
    let mut products = BTreeMap::new();
    for (n, stock) in [100_000, 500, 100, 10].into_iter().enumerate() {
        let price = 1_250_000 + 1000 * i64::try_from(n)?;
        products.insert(admin.product(&format!("Kopi {n}"), price, "IDR", stock).await?, stock);
    }
    Ok(products)
}

/// Every checkout by its idempotency key: the order's id, or nothing when it was refused for good.
async fn shop_till_you_drop(
    shoppers: Vec<Shopper>,
    products: &BTreeMap<String, u32>,
    orders: usize,
    seed: u64,
    letters: &mpsc::UnboundedSender<post::Letter>,
) -> Result<BTreeMap<String, Option<String>>> {
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let products: Vec<String> = products.keys().cloned().collect();
    let count = shoppers.len();
    let mut tasks = tokio::task::JoinSet::new();
    for (n, shopper) in shoppers.into_iter().enumerate() {
        let share = orders / count + usize::from(n < orders % count);
        let (permits, products, letters) = (permits.clone(), products.clone(), letters.clone());
        let mut random = StdRng::seed_from_u64(seed.wrapping_add(n as u64));
        tasks.spawn(async move {
            let mut done = Vec::new();
            for k in 0..share {
                let _permit = permits.acquire().await?;
                let quantity = random.random_range(1..=3);
                let payment = PAYMENTS[random.random_range(0..PAYMENTS.len())];
                // What is sold out is refused; the customer then takes something else.
                let mut choice = random.random_range(0..products.len());
                for attempt in 0.. {
                    let key = format!("storm-{n}-{k}-{attempt}");
                    let order = buy(&shopper, &products[choice], quantity, &key, payment).await?;
                    let placed = order.is_some();
                    if let Some(order) = order.as_ref().filter(|_| payment == "tok_webhook") {
                        let status = if random.random_bool(0.8) { "succeeded" } else { "failed" };
                        if let Some(letter) = post::write(&shopper, order, status).await? {
                            letters.send(letter)?;
                        }
                    }
                    done.push((key, order));
                    if placed {
                        break;
                    }
                    choice = (choice + 1) % products.len();
                }
            }
            anyhow::Ok(done)
        });
    }
    let mut all = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

/// One purchase, tried until the shop gives an answer that stays: the customer's app keeps its idempotency key.
async fn buy(
    shopper: &Shopper,
    product: &str,
    quantity: u32,
    key: &str,
    payment: &str,
) -> Result<Option<String>> {
    until("an answer to a checkout", Duration::from_secs(90), || async {
        shopper.send(reqwest::Method::DELETE, "/api/v1/cart", None).await?.ok()?;
        shopper.add(product, quantity).await?;
        let answer = shopper.check_out(key, payment).await?;
        match answer.status.as_u16() {
            201 => Ok(Some(answer.body["id"].as_str().map(str::to_owned))),
            // Out of stock, as far as the shop knows now.
            409 | 422 if answer.body["type"].as_str().is_some_and(|kind| kind.contains("stock")) => {
                Ok(Some(None))
            }
            _ => {
                answer.ok()?;
                Ok(None)
            }
        }
    })
    .await
}
