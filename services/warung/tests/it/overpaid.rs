//! A customer pays more than was asked: taken, sent back, or its order called off, from the door to the books.

use anyhow::{Context as _, Result, ensure};
use reqwest::Method;
use serde_json::{Value, json};
use warung_e2e::{Admin, Shopper, until};

use crate::fleet::{Fleet, WITHIN};

/// What the goods cost, in minor units; the sandbox then reports one more.
const PRICE: i64 = 2_500_000;

struct Market {
    /// Its services end with it.
    _fleet: Fleet,
    admin: Admin,
    siti: Shopper,
    product: String,
}

impl Market {
    async fn open() -> Result<Self> {
        // Parcels stay with the shop, so that what is confirmed can be called off.
        let settings = [("WARUNG_SANDBOX_CARRIER_STEP_SECONDS", "3600"), ("WARUNG_LOG", "warn")];
        let fleet = Fleet::start(&settings).await?;
        let (shop, password) = (fleet.shop()?, fleet.variable("WARUNG_ADMIN_PASSWORD"));
        let admin = Admin::log_in(&shop, "admin@warung.local", password).await?;
        let product = admin.product("Kopi Gayo", PRICE, "IDR", 10).await?;
        let siti = Shopper::register(&shop, "Siti").await?;
        Ok(Self { _fleet: fleet, admin, siti, product })
    }

    /// An order whose payment is held.
    async fn held(&self, key: &str) -> Result<String> {
        self.siti.add(&self.product, 1).await?;
        let order = self.siti.check_out(key, "tok_overpays").await?.ok()?;
        let order = order["id"].as_str().context("an order has an id")?.to_owned();
        self.payment(&order, |payment| payment["held"]["amount"]["amount_minor"] == PRICE + 1).await?;
        Ok(order)
    }

    /// The payment of an order, once it is so.
    async fn payment(&self, order: &str, is_so: impl Fn(&Value) -> bool) -> Result<Value> {
        let path = format!("/api/v1/payments/{order}");
        until(&format!("the payment of {order}"), WITHIN, || async {
            let payment = self.siti.send(Method::GET, &path, None).await?.ok()?;
            Ok(is_so(&payment).then_some(payment))
        })
        .await
    }

    async fn release(&self, order: &str, decision: &str) -> Result<Value> {
        let body = json!({"decision": decision, "reason": "they sent more"});
        self.admin.0.post(&format!("/api/v1/payments/{order}/release"), &body).await
    }

    async fn cancel(&self, order: &str) -> Result<Value> {
        self.siti.post(&format!("/api/v1/orders/{order}/cancel"), &json!({"reason": "thought better"})).await
    }

    /// Waits until the order has ended, and knows that all that came went back.
    async fn is_even(&self, order: &str) -> Result<()> {
        until(&format!("all of {order} back"), WITHIN, || async {
            let now = self.siti.order(order).await?;
            let back = now["refunded"]["amount_minor"] == PRICE + 1;
            Ok((back && now["state"] == "cancelled").then_some(()))
        })
        .await
    }

    async fn read(&self, path: &str) -> Result<Value> {
        self.admin.0.send(Method::GET, path, None).await?.ok()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_than_was_asked_is_taken_or_goes_back_and_order_and_payment_agree() -> Result<()> {
    let market = Market::open().await?;
    let accepted = market.held("accepted").await?;
    market.release(&accepted, "accept").await?;
    let confirmed = market.siti.wait_for(&accepted, &["confirmed"], WITHIN).await?;
    ensure!(confirmed["paid"]["amount_minor"] == PRICE + 1, "{confirmed}");
    ensure!(confirmed["total"]["amount_minor"] == PRICE, "{confirmed}");
    market.cancel(&accepted).await?;
    let cancelled = market.held("cancelled").await?;
    market.cancel(&cancelled).await?;
    // Last, because it fails for want of a payment, and its goods then go back into the cart.
    let returned = market.held("returned").await?;
    market.release(&returned, "return").await?;
    for order in [accepted, cancelled, returned] {
        market.is_even(&order).await?;
        market.payment(&order, |payment| payment["state"] == "refunded").await?;
    }
    ensure!(market.read("/api/v1/payments/discrepancies").await?["items"] == json!([]), "all are over");
    let ledger = market.read("/api/v1/ledger").await?;
    for row in ledger["accounts"].as_array().into_iter().flatten() {
        ensure!(row["balance"]["amount_minor"] == 0, "{ledger}");
    }
    Ok(())
}
