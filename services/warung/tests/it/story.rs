//! The story of an order: what every service did for it, as staff see it.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use warung_contracts::manifest;
use warung_e2e::{Admin, Shopper, until};
use warung_testbed::smtp::Smtp;

use crate::fleet::{Fleet, WITHIN};

const CONFIRMED: &str = "warung.order.confirmed.v1";
const DELIVERED: &str = "warung.shipment.delivered.v1";

/// The story that all but these services told; on a busy machine another may be late, and is there the next time.
async fn without(admin: &Admin, order: &str, missing: &[&str]) -> Result<Value> {
    let path = format!("/api/v1/admin/orders/{order}/timeline");
    let story = admin.0.send(Method::GET, &path, None).await?.ok()?;
    ensure!(story["missing"] == json!(missing), "missing are {}", story["missing"]);
    Ok(story)
}

/// What the lines of a kind say of themselves.
fn details<'s>(story: &'s Value, kind: &str) -> Vec<&'s Value> {
    let items = story["items"].as_array().into_iter().flatten();
    items.filter(|item| item["kind"] == kind).map(|item| &item["details"]).collect()
}

/// One word of each of them.
fn words(story: &Value, kind: &str, field: &str) -> Vec<String> {
    let word = |details: &&Value| details[field].as_str().unwrap_or_default().to_owned();
    details(story, kind).iter().map(word).collect()
}

/// Somebody buys two of something, and it arrives.
async fn buy(fleet: &Fleet, admin: &Admin) -> Result<(Shopper, String)> {
    let product = admin.product("Kopi Gayo", 1_000_000, "IDR", 10).await?;
    let shopper = Shopper::register(&fleet.shop()?, "Sariwati").await?;
    shopper.add(&product, 2).await?;
    let order = shopper.check_out("story", "tok_success").await?.ok()?;
    let order = order["id"].as_str().context("an order has an id")?.to_owned();
    shopper.wait_for(&order, &["completed"], WITHIN).await?;
    Ok((shopper, order))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn staff_see_what_every_service_did_for_an_order() -> Result<()> {
    let smtp = tokio::task::spawn_blocking(Smtp::start).await??;
    let url = smtp.url();
    let settings = [
        ("WARUNG_SMTP_URL", url.as_str()),
        ("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "1"),
        ("WARUNG_LOG", "warn"),
    ];
    let mut fleet = Fleet::start(&settings).await?;
    let admin = fleet.variable("WARUNG_ADMIN_PASSWORD");
    let admin = Admin::log_in(&fleet.shop()?, "admin@warung.local", admin).await?;
    let (shopper, order) = buy(&fleet, &admin).await?;
    let whole = until("a sent mail of the delivery", WITHIN, || async {
        let story = without(&admin, &order, &[]).await?;
        let sent = |message: &Value| message["event"] == DELIVERED && message["state"] == "sent";
        Ok(details(&story, "message").into_iter().any(sent).then_some(story))
    })
    .await?;
    is_whole(&whole, &shopper)?;
    let path = format!("/api/v1/admin/orders/{order}/timeline");
    ensure!(shopper.send(Method::GET, &path, None).await?.status == 403, "customers don't see it");
    one_that_is_away_is_named(&mut fleet, &admin, &order, &whole).await?;
    nobody_is_named_in_the_end(&admin, &shopper, &order).await
}

/// Every service tells its part, once, in the order of time.
fn is_whole(story: &Value, shopper: &Shopper) -> Result<()> {
    let nobody = json!([]);
    ensure!(story["shortened"] == nobody, "not all of it: {story}");
    let items = story["items"].as_array().context("a timeline has items")?;
    ensure!(items.is_sorted_by_key(|item| item["at"].as_str()), "not in the order of time: {story}");
    let heard = items.iter().any(|item| item["kind"] == "heard");
    ensure!(!heard, "what a service tells is not told a second time as heard: {story}");
    ensure!(items.iter().all(|item| item["text"].as_str().is_some_and(|text| !text.is_empty())), "{story}");
    ensure!(words(story, "stock", "movement") == ["reserved", "committed"], "stock: {story}");
    ensure!(details(story, "stock")[0]["items"][0]["quantity"] == 2, "goods: {story}");
    ensure!(words(story, "parcel", "state") == ["created", "dispatched", "delivered"], "parcels: {story}");
    let call = details(story, "payment_call");
    let [call] = call.as_slice() else { anyhow::bail!("one call: {story}") };
    let asked = (&call["call"], &call["provider"], &call["state"], &call["amount"]["amount_minor"]);
    ensure!(asked == (&json!("open"), &json!("sandbox"), &json!("done"), &json!(2_000_000)), "call: {call}");
    ensure!(words(story, "payment_booked", "movement") == ["capture"], "money: {story}");
    let confirmed = details(story, "message").into_iter().filter(|message| message["event"] == CONFIRMED);
    let confirmed: Vec<&Value> = confirmed.collect();
    let [message] = confirmed.as_slice() else { anyhow::bail!("confirmed once: {story}") };
    let masked = format!("s***@{}", shopper.email.rsplit_once('@').context("an address")?.1);
    ensure!(message["state"] == "sent" && message["attempts"] == 1 && message["to"] == masked, "{message}");
    ensure!(!story.to_string().contains(&shopper.email), "the address is masked: {story}");
    Ok(())
}

/// Without notification all else is told, and that it is missing.
async fn one_that_is_away_is_named(
    fleet: &mut Fleet,
    admin: &Admin,
    order: &str,
    whole: &Value,
) -> Result<()> {
    let notification = manifest::get("notification");
    fleet.kill(notification)?;
    let part = until("a story without notification", WITHIN, || async {
        without(admin, order, &["notification"]).await.map(Some)
    })
    .await?;
    let others = whole["items"].as_array().into_iter().flatten();
    let others: Vec<&Value> = others.filter(|item| item["service"] != "notification").collect();
    ensure!(part["items"] == json!(others), "the others tell what they told before: {part}");
    fleet.spawn(notification)?;
    fleet.ready("notification").await
}

/// Once the account is deleted, what was done is told, and of nobody.
async fn nobody_is_named_in_the_end(admin: &Admin, shopper: &Shopper, order: &str) -> Result<()> {
    let body = json!({ "password": Shopper::PASSWORD });
    shopper.send(Method::DELETE, "/api/v1/account", Some(&body)).await?.ok()?;
    until("a story without names", WITHIN, || async {
        let story = without(admin, order, &[]).await?;
        let messages = details(&story, "message");
        ensure!(!messages.is_empty() && messages.iter().all(|message| message.get("to").is_none()));
        let parcels = details(&story, "parcel");
        ensure!(parcels.len() == 3 && parcels.iter().all(|parcel| parcel.get("description").is_none()));
        let text = story.to_string();
        let named = ["***@", "Siti", "Sariwati", "Braga", shopper.email.as_str()];
        ensure!(named.iter().all(|word| !text.contains(word)), "somebody is named: {text}");
        Ok(Some(()))
    })
    .await
}
