//! Orders go through while services and stores are killed, stand still, are cut off and slowed down, webhooks are lost, repeated and
//! reordered, and customers log in late, call off, send back and leave; then it is quiet; then everything must add up.
//!
//! `WARUNG_STORM_SEED` repeats a run's choices, `WARUNG_STORM_ORDERS` makes it longer (`make storm`).

mod basket;
mod caller;
mod cashier;
mod claims;
mod invariants;
mod opening;
mod post;
mod purchase;
mod regrets;
mod second_try;
mod tally;
mod visits;
mod weather;

use std::{sync::Arc, time::Duration};

use anyhow::{Context as _, Result, ensure};
use tokio::sync::{Mutex, mpsc};
use warung_contracts::manifest;
use warung_e2e::{Admin, Shopper, until};
use warung_testbed::smtp::Smtp;

use self::{cashier::Cashier, invariants::Told, tally::Tally, visits::Market};
use crate::fleet::Fleet;

const ORDERS: usize = 2000;
/// How long the shop may take to come to rest after the storm: a message that was being sent when its process was killed
/// is sent again 90 seconds later.
const QUIET_WITHIN: Duration = Duration::from_secs(480);
/// What a storm of [`ORDERS`] must have seen to prove anything.
const EXPECTED: [&str; 15] = [
    visits::BY_GUEST,
    visits::CLAIMED,
    visits::CONTENDED,
    visits::MERGED,
    visits::COUPON,
    visits::NO_COUPON,
    visits::SOLD_OUT,
    regrets::CALLED_OFF,
    regrets::SENT_BACK,
    second_try::TAKEN,
    cashier::WHOLE,
    cashier::PART,
    cashier::KEPT,
    cashier::RETURNED,
    post::AGAIN,
];

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
    let url = smtp.url();
    let settings = [&opening::SETTINGS[..], &[("WARUNG_SMTP_URL", url.as_str())]].concat();
    let mut fleet = Fleet::start(&settings).await?;
    let shop = fleet.shop()?;
    let admin = Admin::log_in(&shop, "admin@warung.local", fleet.variable("WARUNG_ADMIN_PASSWORD")).await?;
    let stocked = opening::open(&admin, orders).await?;
    let shoppers = visits::register(&shop).await?;
    let rival = Shopper::register(&shop, "Rival").await?;

    let (tally, faults) = (Tally::default(), Tally::default());
    let (letters, letter_box) = mpsc::unbounded_channel();
    let (regrets, regretted) = mpsc::unbounded_channel();
    let goods = stocked.iter().map(|(id, _)| id.clone()).collect();
    let market = Market { shop: shop.clone(), goods, seed, rival, letters, regrets, tally: tally.clone() };
    let secret = fleet.variable("WARUNG_SANDBOX_WEBHOOK_SECRET").to_owned();
    let postman = tokio::spawn(post::deliver(shop, secret, seed, letter_box, tally.clone()));
    let cashier = tokio::spawn(Cashier::new(&admin, seed, tally.clone()).work());
    let clerk = tokio::spawn(regrets::settle(admin, regretted, tally.clone()));
    let sky = Arc::new(Mutex::new(fleet));
    let weather = tokio::spawn(weather::storm(sky.clone(), seed, tally.clone(), faults.clone()));
    let started = std::time::Instant::now();
    let done = visits::shop(market, shoppers, orders).await;
    weather.abort();
    let _ = weather.await;
    let done = done.with_context(|| format!("WARUNG_STORM_SEED={seed}"))?;
    println!("storm: {} orders placed in {} s", done.orders.len(), started.elapsed().as_secs());

    fleet = Arc::into_inner(sky).context("the weather has let go")?.into_inner();
    calm_down(&mut fleet).await?;
    postman.await??;
    clerk.await??;
    rest(&fleet).await?;
    cashier.abort();
    println!("storm: at rest after {} s; {} accounts left", started.elapsed().as_secs(), done.left.len());
    tally.print();
    let spared = weather::tell(&faults);
    let placed = done.orders.len();
    ensure!(placed == orders, "{placed} of {orders} orders were placed");
    // A short one may be over before much could happen.
    ensure!(orders < ORDERS || faults.sum() * 20 > orders, "too few faults: this was no storm");
    let missed: Vec<_> = EXPECTED.into_iter().filter(|what| tally.of(what) == 0).chain(spared).collect();
    ensure!(orders < ORDERS || missed.is_empty(), "never in this storm: {missed:?}");
    let told = Told {
        seed,
        stocked: stocked.into_iter().collect(),
        done,
        sent_back: tally.of(regrets::SENT_BACK),
        mails: smtp.mails()?,
        faults: faults.sum(),
    };
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
    if let Err(error) = &rest {
        // Before the words, of which only the end may be kept.
        println!("storm: {error:#}");
        for manifest in manifest::all() {
            println!("--- {}\n{}", manifest.name, fleet.last_words(&manifest.name));
        }
    }
    rest
}
