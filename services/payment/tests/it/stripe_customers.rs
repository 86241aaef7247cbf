//! What customers of Stripe do besides paying at once: confirm late, in vain or never, change their card, and call off
//! meanwhile; what its webhooks do on their way, and what a shop does in Stripe's own dashboard.

use std::sync::{Arc, Mutex};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{HeaderMap, Request},
};
use serde_json::{Value, json};
use time::Duration;
use warung_chassis::testing::eventually;
use warung_contracts::id::OrderId;

use crate::{
    bank::AMOUNT,
    stripe::{Shop, WEBHOOK_SECRET},
};

/// A card that is confirmed in the browser.
const ASKS: &str = "4000002760003184";

#[derive(Clone)]
pub struct Webhook {
    pub signature: String,
    pub body: String,
}

pub type Post = Arc<Mutex<Vec<Webhook>>>;

async fn keep(State(post): State<Post>, headers: HeaderMap, body: String) {
    let signature = headers["stripe-signature"].to_str().unwrap().to_owned();
    post.lock().unwrap().push(Webhook { signature, body });
}

impl Shop {
    /// A payment that waits for its customer.
    async fn waits(&self) -> OrderId {
        let order = self.open(Some(&self.card(ASKS).await)).await;
        assert_eq!(self.bank.state(order).await, "pending");
        order
    }

    /// The customer confirms in the browser, rightly or not.
    async fn confirm(&self, order: OrderId, rightly: bool) -> Value {
        let secret = self.bank.payment(order).await["client_secret"].as_str().unwrap().to_owned();
        self.confirm_by(&secret, rightly).await
    }

    async fn confirm_by(&self, secret: &str, rightly: bool) -> Value {
        let path = format!("/v1/payment_intents/{}/_authenticate", secret.split("_secret_").next().unwrap());
        let success = rightly.to_string();
        self.theirs(&path, &[("success", &success), ("client_secret", secret)]).await
    }

    /// Stripe's webhooks go here, and no further.
    pub async fn hold_webhooks(&self) -> Post {
        let post = Post::default();
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let hook = format!("http://{}/", listener.local_addr().unwrap());
        let router = Router::new().fallback(keep).with_state(post.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        self.theirs("/_config/webhooks/shop", &[("url", &hook), ("secret", WEBHOOK_SECRET)]).await;
        post
    }

    pub async fn deliver(&self, webhook: &Webhook) -> u16 {
        let request = Request::post("/api/v1/webhooks/stripe")
            .header("stripe-signature", &webhook.signature)
            .header("content-type", "application/json")
            .body(Body::from(webhook.body.clone()))
            .unwrap();
        self.bank.app.raw(request).await.status.as_u16()
    }

    /// Works off what is due until a payment has this state.
    async fn until(&self, order: OrderId, state: &str) {
        for _ in 0..8 {
            while self.bank.app.run_job("webhooks").await + self.bank.app.run_job("calls").await > 0 {}
            if self.bank.state(order).await == state {
                return;
            }
            self.bank.app.clock.advance(Duration::minutes(5));
            self.bank.app.run_job("recovery").await;
        }
        panic!("it stays {}", self.bank.payment(order).await);
    }

    async fn their_status(&self, order: OrderId) -> String {
        let intent = self.theirs(&format!("/v1/payment_intents/{}", self.reference(order).await), &[]).await;
        intent["status"].as_str().unwrap().to_owned()
    }

    async fn compare(&self) {
        self.bank.app.clock.advance(Duration::hours(7));
        while self.bank.app.run_job("reconcile").await > 0 {
            self.bank.app.clock.advance(Duration::seconds(6));
        }
    }
}

#[tokio::test]
async fn webhooks_forged_twice_and_late_pay_once() {
    let Some(shop) = Shop::start("automatic").await else { return };
    let post = shop.hold_webhooks().await;
    let order = shop.waits().await;
    shop.confirm(order, true).await;
    let told = eventually("Stripe's webhooks", async || {
        let told = post.lock().unwrap().clone();
        told.iter().any(|webhook| webhook.body.contains("payment_intent.succeeded")).then_some(told)
    })
    .await;
    for webhook in &told {
        let other = Webhook { body: webhook.body.replace("succeeded", "canceled"), ..webhook.clone() };
        assert_eq!(shop.deliver(&other).await, 401, "{}", other.body);
        let unsigned = Webhook { signature: "t=1,v1=00".into(), ..webhook.clone() };
        assert_eq!(shop.deliver(&unsigned).await, 401);
    }
    assert_eq!(shop.bank.app.run_job("webhooks").await, 0);
    for webhook in told.iter().rev().chain(&told) {
        assert_eq!(shop.deliver(webhook).await, 200, "{}", webhook.body);
    }
    shop.until(order, "succeeded").await;
    assert_eq!(shop.bank.told().await, ["pending", "succeeded"]);
    assert_eq!(shop.bank.balance("receivable:stripe").await, AMOUNT);
    // Who listened in may not play it again later.
    shop.bank.app.clock.advance(Duration::days(36_500));
    assert_eq!(shop.deliver(&told[0]).await, 401);
}

#[tokio::test]
async fn an_order_that_ends_while_its_customer_confirms_takes_nothing() {
    let Some(shop) = Shop::start("automatic").await else { return };
    let order = shop.waits().await;
    let secret = shop.bank.payment(order).await["client_secret"].as_str().unwrap().to_owned();
    shop.bank.app.deliver(&shop.bank.cancelled(order)).await.unwrap();
    shop.until(order, "cancelled").await;
    assert_eq!(shop.their_status(order).await, "canceled");
    let refused = shop.confirm_by(&secret, true).await;
    assert!(refused.get("error").is_some(), "{refused}");
    assert_eq!(shop.bank.balance("receivable:stripe").await, 0);
}

#[tokio::test]
async fn what_was_confirmed_before_its_order_was_called_off_goes_back() {
    let Some(shop) = Shop::start("automatic").await else { return };
    let order = shop.waits().await;
    shop.confirm(order, true).await;
    shop.bank.app.deliver(&shop.bank.cancelled(order)).await.unwrap();
    shop.until(order, "refunded").await;
    let refunds = shop.theirs("/v1/refunds?limit=100", &[]).await;
    let refunds = refunds["data"].as_array().unwrap();
    assert_eq!((refunds.len(), &refunds[0]["amount"]), (1, &json!(AMOUNT)));
    assert_eq!((shop.bank.balance("receivable:stripe").await, shop.bank.balance("sales").await), (0, 0));
}

#[tokio::test]
async fn what_nobody_confirms_runs_out_and_the_last_moment_counts() {
    let Some(shop) = Shop::start("automatic").await else { return };
    let (never, late) = (shop.waits().await, shop.waits().await);
    shop.confirm(late, true).await;
    shop.bank.app.clock.advance(Duration::minutes(30));
    while shop.bank.app.run_job("expiry").await > 0 {}
    shop.until(never, "expired").await;
    shop.until(late, "succeeded").await;
    assert_eq!(shop.their_status(never).await, "canceled");
    assert_eq!(shop.bank.balance("receivable:stripe").await, AMOUNT);
}

#[tokio::test]
async fn who_confirms_in_vain_or_not_at_all_takes_another_card_and_pays_once() {
    let Some(shop) = Shop::start("automatic").await else { return };
    for tries in [true, false] {
        let order = shop.waits().await;
        let first = shop.reference(order).await;
        if tries {
            shop.confirm(order, false).await;
        }
        let body = json!({"provider": "stripe", "method": "card", "token": "pm_card_visa"});
        let answer = shop.bank.attempt(order, &format!("{order}"), body).await;
        assert_eq!(answer.status, 202, "{}", answer.body);
        shop.until(order, "succeeded").await;
        assert_eq!(shop.bank.payment(order).await["attempt"], 2);
        assert_ne!(shop.reference(order).await, first);
        let left = shop.theirs(&format!("/v1/payment_intents/{first}"), &[]).await;
        assert_eq!(left["status"], "canceled", "{left}");
    }
    assert_eq!(shop.bank.balance("receivable:stripe").await, 2 * AMOUNT);
    shop.compare().await;
    assert!(shop.bank.discrepancies("").await.is_empty());
}

#[tokio::test]
async fn a_lost_webhook_is_made_up_for_and_the_dashboards_refund_is_found() {
    let Some(shop) = Shop::start("automatic").await else { return };
    let order = shop.waits().await;
    shop.confirm(order, true).await;
    shop.compare().await;
    shop.until(order, "succeeded").await;
    let reference = shop.reference(order).await;
    let refund = shop.theirs("/v1/refunds", &[("payment_intent", &reference), ("amount", "700")]).await;
    assert_eq!(refund["amount"], 700, "{refund}");
    shop.compare().await;
    let found = shop.bank.discrepancies("").await;
    assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("refunded_elsewhere")), "{found:?}");
    assert_eq!(shop.bank.balance("receivable:stripe").await, AMOUNT);
}
