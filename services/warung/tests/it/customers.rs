//! Customers who shop at the same time. Some leave for good in the middle, and come back as somebody else; some think
//! better of what they paid for ([`Regret`]).

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Result;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use reqwest::Method;
use serde_json::json;
use tokio::{
    sync::{Semaphore, mpsc},
    task::JoinSet,
};
use warung_e2e::{Shop, Shopper, until};

use crate::{
    post,
    regrets::{Kind, Regret},
};

const SHOPPERS: usize = 40;
/// One of so many leaves.
const LEAVES: usize = 5;
/// Customers who shop at the same time.
const AT_ONCE: usize = 12;
/// How long somebody tries until the shop gives an answer that stays.
const PATIENCE: Duration = Duration::from_secs(90);
/// Of a hundred orders that are paid at once, how many are called off, and of how many a part is sent back.
const CALLED_OFF: u32 = 12;
const SENT_BACK: u32 = 6;

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

/// Where they shop.
pub struct Market {
    pub shop: Shop,
    /// Ids of what is sold.
    pub products: Vec<String>,
    pub seed: u64,
    pub letters: mpsc::UnboundedSender<post::Letter>,
    pub regrets: mpsc::UnboundedSender<Regret>,
}

/// What they did.
#[derive(Debug, Default)]
pub struct Done {
    /// Every checkout by its idempotency key: the order's id, or nothing when it was refused for good.
    pub accepted: BTreeMap<String, Option<String>>,
    /// Addresses of accounts that are gone.
    pub left: Vec<String>,
}

/// Registers everybody, while the weather is good.
pub async fn register(shop: &Shop) -> Result<Vec<Shopper>> {
    let mut shoppers = Vec::new();
    for n in 0..SHOPPERS {
        shoppers.push(Shopper::register(shop, &format!("Shopper{n}")).await?);
    }
    Ok(shoppers)
}

/// Places this many orders.
pub async fn shop(market: Market, shoppers: Vec<Shopper>, orders: usize) -> Result<Done> {
    let (market, permits) = (Arc::new(market), Arc::new(Semaphore::new(AT_ONCE)));
    let count = shoppers.len();
    let mut tasks = JoinSet::new();
    for (n, shopper) in shoppers.into_iter().enumerate() {
        let share = orders / count + usize::from(n < orders % count);
        tasks.spawn(visit(market.clone(), permits.clone(), shopper, n, share));
    }
    let mut all = Done::default();
    while let Some(done) = tasks.join_next().await {
        let Done { accepted, left } = done??;
        all.accepted.extend(accepted);
        all.left.extend(left);
    }
    Ok(all)
}

/// One customer's orders.
async fn visit(
    market: Arc<Market>,
    permits: Arc<Semaphore>,
    mut shopper: Shopper,
    n: usize,
    share: usize,
) -> Result<Done> {
    let mut random = StdRng::seed_from_u64(market.seed.wrapping_add(n as u64));
    let mut done = Done::default();
    let leaves = n.is_multiple_of(LEAVES);
    for k in 0..share {
        let _permit = permits.acquire().await?;
        if leaves && k == share / 2 {
            leave(&shopper).await?;
            done.left.push(shopper.email.clone());
            shopper = come_back(&market.shop, n).await?;
        }
        let payment = PAYMENTS[random.random_range(0..PAYMENTS.len())];
        let key = format!("storm-{n}-{k}");
        let order = buy_something(&market, &shopper, payment, &key, &mut random, &mut done).await?;
        if payment == "tok_webhook" {
            let status = if random.random_bool(0.8) { "succeeded" } else { "failed" };
            if let Some(letter) = post::write(&shopper, &order, status).await? {
                market.letters.send(letter)?;
            }
        }
        let regret = regret(random.random_range(0..100)).filter(|_| payment == "tok_success" && !leaves);
        if let Some(kind) = regret {
            market.regrets.send(Regret { shopper: shopper.clone(), order, kind })?;
        }
    }
    Ok(done)
}

fn regret(dice: u32) -> Option<Kind> {
    match dice {
        0..CALLED_OFF => Some(Kind::CallOff),
        dice if dice < CALLED_OFF + SENT_BACK => Some(Kind::SendBack),
        _ => None,
    }
}

/// Buys what there is; returns the order's id. What is sold out is refused; the customer then takes something else.
async fn buy_something(
    market: &Market,
    shopper: &Shopper,
    payment: &str,
    key: &str,
    random: &mut StdRng,
    done: &mut Done,
) -> Result<String> {
    let quantity = random.random_range(1..=3);
    let mut choice = random.random_range(0..market.products.len());
    for attempt in 0.. {
        let key = format!("{key}-{attempt}");
        let order = buy(shopper, &market.products[choice], quantity, &key, payment).await?;
        done.accepted.insert(key, order.clone());
        if let Some(order) = order {
            return Ok(order);
        }
        choice = (choice + 1) % market.products.len();
    }
    unreachable!("one product has stock for all")
}

/// One purchase, tried until the shop gives an answer that stays: the customer's app keeps its idempotency key.
async fn buy(
    shopper: &Shopper,
    product: &str,
    quantity: u32,
    key: &str,
    payment: &str,
) -> Result<Option<String>> {
    until("an answer to a checkout", PATIENCE, || async {
        shopper.send(Method::DELETE, "/api/v1/cart", None).await?.ok()?;
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

/// Deletes the account, whatever its orders are at.
async fn leave(shopper: &Shopper) -> Result<()> {
    until("an account's end", PATIENCE, || async {
        let body = json!({ "password": Shopper::PASSWORD });
        let answer = shopper.send(Method::DELETE, "/api/v1/account", Some(&body)).await?;
        // Gone already: the answer to the try before was lost.
        if answer.status.as_u16() == 404 {
            return Ok(Some(()));
        }
        answer.ok().map(|_| Some(()))
    })
    .await
}

async fn come_back(shop: &Shop, n: usize) -> Result<Shopper> {
    until("a new account", PATIENCE, || async {
        Shopper::register(shop, &format!("Again{n}")).await.map(Some)
    })
    .await
}
