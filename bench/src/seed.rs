//! A catalogue and its customers, made as an administrator and customers make them.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use hyper::header::HeaderValue;
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use reqwest::Method;
use serde_json::json;
use warung_e2e::{Admin, Shop, Shopper};

/// Requests under way at once while seeding.
const AT_ONCE: usize = 8;
/// On the shelf of each product: more than a run buys.
const STOCK: u32 = 1_000_000;
/// The same catalogue each time.
const SEED: u64 = 7;

const GOODS: [&str; 12] = [
    "Kopi",
    "Teh",
    "Gula Aren",
    "Sambal",
    "Kerupuk",
    "Beras",
    "Batik",
    "Keramik",
    "Coffee",
    "Tea",
    "Basket",
    "Spice",
];
const PLACES: [&str; 12] = [
    "Gayo",
    "Toraja",
    "Kintamani",
    "Priangan",
    "Flores",
    "Bandung",
    "Yogyakarta",
    "Pekalongan",
    "Padang",
    "Lombok",
    "Ambon",
    "Bali",
];
const KINDS: [&str; 8] = ["Premium", "Organik", "Harian", "Hemat", "Classic", "Roasted", "Handmade", "Fresh"];

/// Who buys: a token for each customer, as a header.
pub type Customers = Arc<[HeaderValue]>;
/// What is bought: ids of products.
pub type Products = Arc<[String]>;

/// Makes this many products, in stock and for sale.
///
/// # Errors
///
/// When the shop refuses, or its administrator's password is not in the environment.
pub async fn products(shop: &Shop, count: usize, currency: &str) -> Result<Products> {
    let variable = |name: &str| {
        std::env::var(name).with_context(|| format!("{name} is not set; run this by `make bench`"))
    };
    let (email, password) = (variable("WARUNG_ADMIN_EMAIL")?, variable("WARUNG_ADMIN_PASSWORD")?);
    let admin = Admin::log_in(shop, &email, &password).await.context("log in as the administrator")?;
    let mut random = SmallRng::seed_from_u64(SEED);
    let bodies: Vec<serde_json::Value> = (0..count)
        .map(|n| {
            let mut pick = |words: &[&'static str]| words[random.random_range(0..words.len())];
            let (goods, place, kind) = (pick(&GOODS), pick(&PLACES), pick(&KINDS));
            let description = format!(
                "{kind} {goods} dari {place}. {} and {} from {}, packed by hand, sent within a day.",
                pick(&KINDS),
                pick(&GOODS),
                pick(&PLACES)
            );
            // Prices never end in the digits on which the sandbox provider declines.
            let price = json!({"amount_minor": 1_000_000 + 50_000 * (n % 40), "currency": currency});
            json!({
                "sku": format!("BENCH-{n:06}"), "name": format!("{goods} {place} {kind} {n}"),
                "description": description, "price": price, "status": "active", "stock": STOCK,
            })
        })
        .collect();
    let made: Vec<String> = stream::iter(bodies)
        .map(|body| {
            let admin = admin.0.clone();
            async move {
                let answer = admin.send(Method::POST, "/api/v1/products", Some(&body)).await?;
                let made = answer.ok().context("make a product")?;
                anyhow::Ok(made["id"].as_str().context("a product has no id")?.to_owned())
            }
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(made.into())
}

/// Registers this many customers and logs them in.
///
/// # Errors
///
/// When the shop refuses.
pub async fn customers(shop: &Shop, count: usize) -> Result<Customers> {
    let tokens: Vec<HeaderValue> = stream::iter(0..count)
        .map(|n| async move {
            let shopper = Shopper::register(shop, &format!("Bench{n}")).await?;
            bearer(&shopper.token)
        })
        .buffer_unordered(AT_ONCE)
        .try_collect()
        .await?;
    Ok(tokens.into())
}

/// The Authorization header of a token.
///
/// # Errors
///
/// When the token holds what a header can't.
pub fn bearer(token: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(&format!("Bearer {token}")).context("a token does not fit a header")
}

/// Words that customers look for: one or two of those in the catalogue.
pub fn searches() -> Vec<String> {
    let one = GOODS.iter().chain(&PLACES).map(|word| word.to_lowercase());
    let two = GOODS.iter().flat_map(|goods| PLACES.iter().map(move |place| format!("{goods} {place}")));
    one.chain(two).map(|words| words.replace(' ', "%20")).collect()
}
