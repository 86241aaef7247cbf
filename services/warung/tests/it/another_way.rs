//! A customer whose card is declined takes another way to pay, and then yet another: one order, one payment that counts.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use warung_e2e::{Admin, Shopper, until};

use crate::fleet::{Fleet, WITHIN};

/// What the goods cost, in minor units.
const PRICE: i64 = 2_500_000;

/// The order, once it is so.
async fn order(siti: &Shopper, id: &str, what: &str, is_so: impl Fn(&Value) -> bool) -> Result<Value> {
    until(what, WITHIN, || async {
        let order = siti.order(id).await?;
        Ok(is_so(&order).then_some(order))
    })
    .await
}

/// The customer takes another way: a token of the sandbox.
async fn take(siti: &Shopper, id: &str, token: &str) -> Result<Value> {
    let way = json!({"provider": "sandbox", "token": token});
    siti.post(&format!("/api/v1/payments/{id}/attempts"), &way).await
}

fn may_change(order: &Value) -> bool {
    order["actions"].as_array().is_some_and(|actions| actions.contains(&json!("change_payment")))
}

/// Waits for the mail that says what can be done.
async fn is_told(siti: &Shopper) -> Result<()> {
    until("the mail about the payment", WITHIN, || async {
        let page = siti.send(Method::GET, "/api/v1/me/notifications", None).await?.ok()?;
        Ok(page.to_string().contains("did not work").then_some(()))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declined_order_is_kept_and_paid_in_another_way() -> Result<()> {
    // Parcels stay with the shop, so that what is paid stays confirmed.
    let settings = [("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "3600"), ("WARUNG_LOG", "warn")];
    let fleet = Fleet::start(&settings).await?;
    let (shop, password) = (fleet.shop()?, fleet.variable("WARUNG_ADMIN_PASSWORD"));
    let admin = Admin::log_in(&shop, "admin@warung.local", password).await?;
    let product = admin.product("Kopi Gayo", PRICE, "IDR", 1).await?;
    let siti = Shopper::register(&shop, "Siti").await?;
    siti.add(&product, 1).await?;
    let placed = siti.check_out("declined", "tok_decline").await?.ok()?;
    let id = placed["id"].as_str().context("an order has an id")?;

    let declined = order(&siti, id, "the refusal", |order| order["payment"]["failure"].is_string()).await?;
    ensure!(declined["state"] == "awaiting_payment" && may_change(&declined), "{declined}");
    is_told(&siti).await?;
    take(&siti, id, "tok_webhook").await?;
    let waits = |order: &Value| order["payment"]["next_action"].is_object() && may_change(order);
    order(&siti, id, "the second try", waits).await?;
    ensure!(take(&siti, id, "tok_success").await?["changing"] == true, "the second is called off first");
    let paid = siti.wait_for(id, &["confirmed", "cancelled"], WITHIN).await?;
    ensure!(paid["state"] == "confirmed" && paid["number"] == placed["number"], "{paid}");
    ensure!(paid["paid"]["amount_minor"] == PRICE && paid["refunded"]["amount_minor"] == 0, "{paid}");

    let path = format!("/api/v1/payments/{id}/details");
    let payment = admin.0.send(Method::GET, &path, None).await?.ok()?;
    let state = |tried: &Value| tried["payment"]["state"].clone();
    let earlier: Vec<Value> = payment["earlier"].as_array().into_iter().flatten().map(state).collect();
    ensure!(earlier == [json!("failed"), json!("cancelled")], "{payment}");
    ensure!(state(&payment) == "succeeded" && payment["payment"]["attempt"] == 3, "{payment}");
    Ok(())
}
