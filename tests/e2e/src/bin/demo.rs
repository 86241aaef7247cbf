//! `make demo`: buys something through the gateway and says what happens.

use std::{cell::RefCell, process::ExitCode, time::Duration};

use anyhow::{Context as _, Result};
use clap::Parser;
use reqwest::Method;
use serde_json::{Value, json};
use warung_contracts::money::Money;
use warung_e2e::{Admin, Shop, Shopper, until};

/// Buys something in a running shop, step by step.
#[derive(Debug, Parser)]
#[command(name = "demo")]
struct Args {
    /// Where the shop is
    #[arg(long, env = "WARUNG_URL", default_value = "http://127.0.0.1:30080", value_parser = warung_command_line::base_url)]
    url: String,
    /// Host header, where the URL is not the shop's own
    #[arg(long, env = "WARUNG_HOST")]
    host: Option<String>,
    /// The administrator's address; the demo makes a product when the shop has none
    #[arg(long, env = "WARUNG_ADMIN_EMAIL", default_value = "admin@warung.local")]
    admin_email: String,
    /// The administrator's password
    #[arg(long, env = "WARUNG_ADMIN_PASSWORD", hide_env_values = true)]
    admin_password: Option<String>,
    /// Token of the sandbox provider: tok_success, tok_decline, tok_webhook or tok_expire
    #[arg(long, default_value = "tok_success")]
    payment: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Args = match warung_command_line::parse() {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    match buy(&arguments).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn say(step: &str, what: &str) {
    println!("{step:<14} {what}");
}

/// As people write it.
fn money(value: &Value) -> String {
    serde_json::from_value::<Money>(value.clone())
        .map_or_else(|_| value.to_string(), |money| money.to_string())
}

async fn buy(args: &Args) -> Result<()> {
    let shop = Shop::at(&args.url, args.host.as_deref())?;
    say("shop", &format!("{}, {}", shop.url(), describe(&shop).await?));
    let product = find_product(args, &shop).await?;
    let name = text(&product["name"]);
    say("product", &format!("{name}, {}, {} in stock", money(&product["price"]), product["available"]));

    let siti = Shopper::register(&shop, "Siti").await?;
    say("register", &format!("{} registered and logged in", siti.email));
    let id = product["id"].as_str().context("a product has an id")?;
    let cart = siti.add(id, 1).await?;
    say("cart", &format!("one {name} in the cart, total {}", money(&cart["total"])));

    let order = check_out(args, &siti).await?;
    let id = order["id"].as_str().context("an order has an id")?;
    let end = follow(&siti, id, text(&order["state"])).await?;
    look_around(&siti, id).await?;
    println!("\nOrder {} ended as {end}.", text(&order["number"]));
    Ok(())
}

/// What a storefront is told.
async fn describe(shop: &Shop) -> Result<String> {
    let told =
        shop.send(Method::GET, "/api/v1/shop", None, &[], None).await?.ok().context("ask for the shop")?;
    let payments = told["payments"].as_array().into_iter().flatten();
    let providers: Vec<&str> = payments.map(|payment| text(&payment["provider"])).collect();
    Ok(format!("sells in {}, paid by {}", text(&told["currency"]["code"]), providers.join(", ")))
}

/// A field of an answer as text.
fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("?")
}

/// Checks out, and sends the same request again as a browser would that lost the answer.
async fn check_out(args: &Args, siti: &Shopper) -> Result<Value> {
    let key = uuid::Uuid::now_v7().to_string();
    let order = siti.check_out(&key, &args.payment).await?.ok().context("check out")?;
    say("checkout", &format!("order {} is {}", text(&order["number"]), text(&order["state"])));
    let again = siti.check_out(&key, &args.payment).await?;
    let replayed =
        if again.headers.contains_key("idempotency-replayed") { "replayed" } else { "NOT replayed" };
    say("retry", &format!("the same request again: the same order, {replayed}"));
    Ok(order)
}

/// Watches an order that is in `state` to its end; the state it ended in.
async fn follow(siti: &Shopper, id: &str, state: &str) -> Result<String> {
    let seen = RefCell::new(state.to_owned());
    until("the end of the order", Duration::from_secs(90), || async {
        let order = siti.order(id).await?;
        let state = text(&order["state"]);
        let before = seen.replace(state.to_owned());
        if before != state {
            say("order", &format!("{before} → {state}"));
        }
        pay_another_way(siti, id, &order["payment"]).await?;
        Ok(["completed", "cancelled", "rejected"].contains(&state).then_some(()))
    })
    .await?;
    Ok(seen.into_inner())
}

/// Takes another card where the first was declined.
async fn pay_another_way(siti: &Shopper, id: &str, payment: &Value) -> Result<()> {
    let (Some(failure), Some(until)) = (payment["failure"].as_str(), payment["retry_until"].as_str()) else {
        return Ok(());
    };
    say("payment", &format!("failed ({failure}), and can be tried again until {until}: another card"));
    let card = json!({"provider": "sandbox", "token": "tok_success"});
    siti.post(&format!("/api/v1/payments/{id}/attempts"), &card).await?;
    // The order hears of it in a moment.
    until_tried(siti, id).await
}

/// Waits until an order no longer shows that its payment failed.
async fn until_tried(siti: &Shopper, id: &str) -> Result<()> {
    until("the next try", Duration::from_secs(30), || async {
        let order = siti.order(id).await?;
        Ok(order["payment"].get("failure").is_none().then_some(()))
    })
    .await
}

/// What the other services know of an order, and what the customer was sent.
async fn look_around(siti: &Shopper, id: &str) -> Result<()> {
    let payment = siti.send(Method::GET, &format!("/api/v1/payments/{id}"), None).await?.ok()?;
    say("payment", &format!("{} by {}", text(&payment["state"]), text(&payment["provider"])));
    // An order that was not paid has none.
    if let Ok(shipment) = siti.send(Method::GET, &format!("/api/v1/shipments/{id}"), None).await?.ok() {
        say("shipment", &format!("{} {}", text(&shipment["state"]), text(&shipment["tracking_number"])));
    }
    let messages = until("a message to the customer", Duration::from_secs(30), || async {
        let page = siti.send(Method::GET, "/api/v1/me/notifications", None).await?.ok()?;
        let items = page["items"].as_array().cloned().unwrap_or_default();
        Ok((items.len() > 1).then_some(items))
    })
    .await?;
    for message in messages.iter().rev() {
        say("notification", text(&message["subject"]));
    }
    Ok(())
}

/// A product that is in stock; makes one when the shop is empty.
async fn find_product(args: &Args, shop: &Shop) -> Result<Value> {
    let list = |shop: Shop| async move {
        shop.send(Method::GET, "/api/v1/products?in_stock=true&limit=1", None, &[], None).await?.ok()
    };
    let page = list(shop.clone()).await.context("list the products")?;
    if let Some(product) = page["items"].get(0) {
        return Ok(product.clone());
    }
    let password = args.admin_password.as_deref().context(
        "the shop has no product in stock: set WARUNG_ADMIN_PASSWORD so that the demo can make one (`make up` prints the command)",
    )?;
    let admin = Admin::log_in(shop, &args.admin_email, password).await?;
    let id = admin.product("Kopi Gayo 250 g", 8_500_000, "IDR", 100).await?;
    say("stock", "the shop was empty; the administrator put 100 Kopi Gayo on the shelf");
    shop.send(Method::GET, &format!("/api/v1/products/{id}"), None, &[], None).await?.ok()
}
