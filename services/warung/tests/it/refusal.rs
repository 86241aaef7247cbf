//! A return whose refund the provider refuses for good: from the door of the customer to the books, services of their own.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use warung_e2e::{Admin, Shop, Shopper, until};

use crate::fleet::{Fleet, WITHIN};

/// The first return of an order, once it is in this state.
async fn returned(customer: &Shopper, order: &str, state: &str) -> Result<Value> {
    let path = format!("/api/v1/orders/{order}/returns");
    until(&format!("a return that is {state}"), WITHIN, || async {
        let first = customer.send(Method::GET, &path, None).await?.ok()?["items"][0].clone();
        Ok((first["state"] == state).then_some(first))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refund_that_is_refused_is_owed_and_ends_its_return_when_the_shop_pays_it() -> Result<()> {
    let settings = [("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "1"), ("WARUNG_LOG", "warn")];
    let fleet = Fleet::start(&settings).await?;
    let shop: Shop = fleet.shop()?;
    let password = fleet.variable("WARUNG_ADMIN_PASSWORD");
    let admin = Admin::log_in(&shop, "admin@warung.local", password).await?;
    let product = admin.product("Kopi Gayo", 2_500_000, "IDR", 10).await?;
    let (Admin(admin), siti) = (&admin, Shopper::register(&shop, "Siti").await?);
    siti.add(&product, 1).await?;
    let payment = json!({"provider": "sandbox", "token": "tok_refund_refused"});
    let order = siti.check_out_by("siti-1", &payment).await?.ok()?;
    let (order, total) = (order["id"].as_str().context("an order has an id")?, &order["total"]);
    siti.wait_for(order, &["completed"], WITHIN).await?;

    let body = json!({"lines": [{"line": 0, "quantity": 1}], "reason": "too bitter"});
    let asked = siti.post(&format!("/api/v1/orders/{order}/returns"), &body).await?;
    let of = asked["id"].as_str().context("a return has an id")?;
    for step in ["approve", "receive", "refund"] {
        admin.post(&format!("/api/v1/admin/returns/{of}/{step}"), &json!({})).await?;
    }
    returned(&siti, order, "received").await?;
    let discrepancies = "/api/v1/payments/discrepancies";
    let found = admin.send(Method::GET, discrepancies, None).await?.ok()?;
    ensure!(found["items"][0]["kind"] == "refund_refused", "{found}");

    let payment = admin.send(Method::GET, &format!("/api/v1/payments/{order}"), None).await?.ok()?;
    let refused = &payment["refunds"][0];
    ensure!(refused["state"] == "refused" && refused["amount"] == *total, "{payment}");
    let offline = json!({"reference": "BCA 0042"});
    let paid = json!({"refund_id": refused["id"], "reason": "by bank transfer", "offline": offline});
    admin.post(&format!("/api/v1/payments/{order}/refund"), &paid).await?;
    returned(&siti, order, "refunded").await?;
    let order_now = siti.send(Method::GET, &format!("/api/v1/orders/{order}"), None).await?.ok()?;
    ensure!(order_now["refunded"] == *total, "{order_now}");
    let found = admin.send(Method::GET, discrepancies, None).await?.ok()?;
    ensure!(found["items"] == json!([]), "{found}");
    let ledger = admin.send(Method::GET, "/api/v1/ledger", None).await?.ok()?;
    let minor = |account: &str| {
        let rows = ledger["accounts"].as_array().into_iter().flatten();
        let mut of_account = rows.filter(|row| row["account"] == account);
        of_account.next().and_then(|row| row["balance"]["amount_minor"].as_i64()).unwrap_or(0)
    };
    let owed = minor("receivable:sandbox");
    ensure!(owed == 2_500_000 && minor("offline") == -owed && minor("sales") == 0, "{ledger}");
    Ok(())
}
