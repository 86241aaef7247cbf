//! Cancelling against handing over while no event travels: services of their own, and NATS away.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use warung_e2e::{Admin, Answer, Shopper, until};

use crate::fleet::{Fleet, WITHIN};

/// A paid order with its parcel packed.
async fn packed(customer: &Shopper, product: &str, key: &str) -> Result<String> {
    customer.add(product, 1).await?;
    let order = customer.check_out(key, "tok_success").await?.ok()?;
    let order = order["id"].as_str().context("an order has an id")?.to_owned();
    until("a packed parcel", WITHIN, || async {
        let shown = customer.order(&order).await?;
        Ok((shown["parcels"][0]["state"] == "created").then_some(()))
    })
    .await?;
    Ok(order)
}

async fn hand_over(staff: &Shopper, order: &str) -> Result<Answer> {
    let body = json!({"carrier": "Pak Budi", "tracking_number": order});
    staff.try_post(&format!("/api/v1/shipments/{order}/parcels/1/dispatch"), &body).await
}

async fn call_off(who: &Shopper, order: &str) -> Result<Answer> {
    who.try_post(&format!("/api/v1/orders/{order}/cancel"), &json!({})).await
}

fn refused(answer: &Answer, slug: &str) -> Result<()> {
    let whole = format!("https://warung.dev/problems/{slug}");
    ensure!(
        answer.status == 409 && answer.body["type"] == whole,
        "{slug}: {} {}",
        answer.status,
        answer.body
    );
    Ok(())
}

async fn stock(admin: &Shopper, product: &str) -> Result<Value> {
    let product = admin.send(Method::GET, &format!("/api/v1/products/{product}"), None).await?.ok()?;
    Ok(product["available"].clone())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_parcel_that_left_while_nobody_could_tell_keeps_its_order() -> Result<()> {
    let settings = [("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "0"), ("WARUNG_LOG", "warn")];
    let fleet = Fleet::start(&settings).await?;
    let shop = fleet.shop()?;
    let Admin(admin) =
        Admin::log_in(&shop, "admin@warung.local", fleet.variable("WARUNG_ADMIN_PASSWORD")).await?;
    let product = Admin(admin.clone()).product("Kopi Gayo", 1_000_000, "IDR", 10).await?;
    let siti = Shopper::register(&shop, "Siti").await?;
    let (left, stays) = (packed(&siti, &product, "siti-1").await?, packed(&siti, &product, "siti-2").await?);

    fleet.proxies().sever("nats").await?;
    ensure!(hand_over(&admin, &left).await?.status == 200, "it is handed over without NATS");
    for who in [&siti, &admin] {
        refused(&call_off(who, &left).await?, "order-not-cancellable")?;
    }
    let unheard = siti.order(&left).await?;
    ensure!(unheard["state"] == "confirmed", "the news of it has not come: {unheard}");
    let cancelled = call_off(&siti, &stays).await?.ok()?;
    ensure!(cancelled["state"] == "cancelled", "{cancelled}");
    refused(&hand_over(&admin, &stays).await?, "order-being-cancelled")?;

    fleet.proxies().quiet().await?;
    siti.wait_for(&left, &["shipped"], WITHIN).await?;
    until("a cancelled parcel, and its money and goods back", WITHIN, || async {
        let order = siti.order(&stays).await?;
        let back = order["parcels"][0]["state"] == "cancelled" && order["refunded"] == order["total"];
        Ok((back && stock(&admin, &product).await? == 9).then_some(()))
    })
    .await?;
    refused(&hand_over(&admin, &stays).await?, "shipment-ended")?;
    let kept = siti.order(&left).await?;
    ensure!(kept["refunded"]["amount_minor"] == 0, "what left is paid: {kept}");
    Ok(())
}
