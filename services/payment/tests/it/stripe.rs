//! The whole service against localstripe, a Stripe with state that nobody here wrote: it runs as a program of its own and
//! sends signed webhooks. It knows no idempotency and no captures in part; those are tested elsewhere.

use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use warung_chassis::testing::eventually;
use warung_contracts::{
    event::{PaymentChoice, StockReserved},
    id::OrderId,
};
use warung_testbed::{outside, ports};

use crate::bank::{AMOUNT, Bank};

pub const WEBHOOK_SECRET: &str = "whsec_localstripe";
const SERVER: &str = "import sys; from aiohttp import web; from localstripe.server import app; \
     web.run_app(app, host=sys.argv[1], port=8420, print=None)";

/// localstripe and a service that pays through it; the process is gone when dropped.
pub struct Shop {
    process: Child,
    url: String,
    pub bank: Bank,
}

impl Drop for Shop {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Shop {
    pub async fn start(capture: &str) -> Option<Self> {
        Self::start_through(capture, async |url| url).await
    }

    /// The same with something between the service and Stripe: given its URL, it says where it listens itself.
    pub async fn start_through(capture: &str, between: impl AsyncFnOnce(String) -> String) -> Option<Self> {
        let python = outside::python_with("localstripe", "clients")?;
        let address = ports::own_address();
        let process = Command::new(python)
            .args(["-c", SERVER, &address.to_string()])
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = format!("http://{address}:8420");
        let through = between(url.clone()).await;
        let bank = Bank::start_with(&[
            ("WARUNG_PAYMENT_PROVIDERS", "stripe"),
            ("WARUNG_STRIPE_URL", &through),
            ("WARUNG_STRIPE_SECRET_KEY", "sk_test_local"),
            ("WARUNG_STRIPE_WEBHOOK_SECRET", WEBHOOK_SECRET),
            ("WARUNG_PAYMENT_CAPTURE", capture),
        ])
        .await;
        let shop = Self { process, url, bank };
        eventually("localstripe", async || tokio::net::TcpStream::connect((address, 8420)).await.ok()).await;
        Some(shop)
    }

    /// Opens a payment by card and lets Stripe answer.
    pub async fn open(&self, token: Option<&str>) -> OrderId {
        let method = Some("card".to_owned());
        let payment = PaymentChoice { token: token.map(Into::into), method, ..PaymentChoice::of("stripe") };
        let reserved = StockReserved { payment, ..self.bank.reserved("") };
        self.bank.app.deliver(&reserved).await.unwrap();
        self.bank.calls().await;
        reserved.order_id
    }

    /// A card of the customer's.
    pub async fn card(&self, number: &str) -> String {
        let card = [
            ("type", "card"),
            ("card[number]", number),
            ("card[exp_month]", "12"),
            ("card[exp_year]", "2030"),
            ("card[cvc]", "123"),
        ];
        self.theirs("/v1/payment_methods", &card).await["id"].as_str().unwrap().to_owned()
    }

    /// What the other side does or says, as the customer's browser or a dashboard would ask.
    pub async fn theirs(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let request = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("{}{path}", self.url);
        let call = match form {
            [] => request.get(url),
            form => request.post(url).form(form),
        };
        let answer = call.basic_auth("sk_test_local", Some("")).send().await.unwrap();
        let text = answer.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or(Value::String(text))
    }

    pub async fn reference(&self, order: OrderId) -> String {
        let path = format!("/api/v1/payments/{order}/details");
        let admin = warung_chassis::testing::admin();
        let detail = self.bank.app.send("GET", &path, Some(&admin), None).await.body;
        detail["reference"].as_str().unwrap_or_else(|| panic!("no reference: {detail}")).to_owned()
    }
}

#[tokio::test]
async fn a_card_pays_at_once_and_gets_its_money_back_in_parts() {
    let Some(shop) = Shop::start("automatic").await else { return };
    let order = shop.open(Some("pm_card_visa")).await;
    let bank = &shop.bank;
    assert_eq!(bank.told().await, ["succeeded"]);
    assert_eq!(bank.balance("receivable:stripe").await, AMOUNT);
    let reference = shop.reference(order).await;
    let intent = shop.theirs(&format!("/v1/payment_intents/{reference}"), &[]).await;
    assert_eq!((&intent["amount"], &intent["currency"]), (&json!(AMOUNT), &json!("idr")));
    assert_eq!(intent["metadata"]["order_id"], json!(order));
    for (key, minor) in [("a", 1000), ("b", 500)] {
        let body = json!({"amount": {"amount_minor": minor, "currency": "IDR"}, "reason": "broken"});
        assert_eq!(bank.refund(order, key, body).await.status, 202);
        bank.calls().await;
    }
    assert_eq!(bank.told().await, ["refunded", "refunded"]);
    assert_eq!(bank.balance("receivable:stripe").await, AMOUNT - 1500);
    let refunds = shop.theirs(&format!("/v1/refunds?payment_intent={reference}"), &[]).await;
    assert_eq!(refunds["data"].as_array().unwrap().len(), 2);
    // The rest goes back with the order, and both sides agree.
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    bank.calls().await;
    assert_eq!((bank.state(order).await.as_str(), bank.balance("sales").await), ("refunded", 0));
    bank.app.clock.advance(time::Duration::hours(1));
    assert_eq!(bank.app.run_job("reconcile").await, 1);
    let open = bank
        .app
        .send("GET", "/api/v1/payments/discrepancies", Some(&warung_chassis::testing::admin()), None)
        .await;
    assert_eq!(open.body["items"], json!([]));
}

#[tokio::test]
async fn a_card_is_authorised_taken_or_let_go_by_hand() {
    let Some(shop) = Shop::start("manual").await else { return };
    let (taken, freed) = (shop.open(Some("pm_card_visa")).await, shop.open(Some("pm_card_visa")).await);
    let bank = &shop.bank;
    assert_eq!(bank.told().await, ["authorized", "authorized"]);
    bank.wish(taken, "capture", "k", json!({})).await;
    bank.wish(freed, "void", "v", json!({"reason": "sold out"})).await;
    bank.calls().await;
    assert_eq!((bank.state(taken).await, bank.state(freed).await), ("succeeded".into(), "cancelled".into()));
    assert_eq!(bank.balance("receivable:stripe").await, AMOUNT);
    let there = shop.theirs(&format!("/v1/payment_intents/{}", shop.reference(freed).await), &[]).await;
    assert_eq!(there["status"], "canceled");
}

#[tokio::test]
async fn a_customer_confirms_in_the_browser_and_the_webhook_tells_us() {
    let Some(shop) = Shop::start("automatic").await else { return };
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let hook = format!("http://{}/api/v1/webhooks/stripe", listener.local_addr().unwrap());
    let router = shop.bank.app.router.clone();
    tokio::spawn(async move { axum::serve(listener, router).await });
    shop.theirs("/_config/webhooks/shop", &[("url", &hook), ("secret", WEBHOOK_SECRET)]).await;
    let order = shop.open(Some(&shop.card("4000002760003184").await)).await;
    let shown = shop.bank.payment(order).await;
    assert_eq!(shown["next_action"], json!({"type": "confirm"}));
    let secret = shown["client_secret"].as_str().unwrap();
    let reference = shop.reference(order).await;
    assert!(secret.starts_with(&format!("{reference}_secret_")));
    assert_eq!(shop.bank.told().await, ["pending"]);
    let form = [("success", "true"), ("client_secret", secret)];
    shop.theirs(&format!("/v1/payment_intents/{reference}/_authenticate"), &form).await;
    eventually("the webhook", async || {
        shop.bank.app.run_job("webhooks").await;
        (shop.bank.state(order).await == "succeeded").then_some(())
    })
    .await;
    assert_eq!(shop.bank.told().await, ["succeeded"]);
    assert_eq!(shop.bank.balance("receivable:stripe").await, AMOUNT);
    assert!(shop.bank.payment(order).await.get("client_secret").is_none());
}

#[tokio::test]
async fn a_card_that_is_declined_fails_the_payment() {
    let Some(shop) = Shop::start("automatic").await else { return };
    let order = shop.open(Some(&shop.card("4000000000000341").await)).await;
    let payment = shop.bank.payment(order).await;
    assert_eq!(
        (&payment["state"], &payment["failure"]),
        (&json!("failed"), &json!("card_declined")),
        "{payment}"
    );
    assert_eq!(shop.bank.told().await, ["failed"]);
    assert_eq!(shop.bank.balance("sales").await, 0);
}
