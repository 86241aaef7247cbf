//! Stripe acts and its answer is lost: each call is made again with its key, and nothing happens twice.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use time::Duration;
use tokio::sync::OnceCell;
use warung_chassis::testing::eventually;
use warung_contracts::{event::UserDeleted, id::OrderId};

use crate::{
    bank::{AMOUNT, Bank},
    stripe::Shop,
};

/// Stands between the service and localstripe: passes every call on, loses the first answer under each idempotency key,
/// and repeats that answer to who asks the same again, as Stripe does; another body is refused. A key is acted on once, also when
/// who asked has given up, or asks again while it is being acted on.
#[derive(Clone, Default)]
struct Lossy {
    target: String,
    answered: Arc<Mutex<HashMap<String, Known>>>,
}

type Answer = (StatusCode, Bytes);
/// What a key was used for, and what was answered.
type Known = (Bytes, Arc<OnceCell<Answer>>);

/// A call as it came.
struct Call {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

async fn start(target: String) -> String {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(pass).with_state(Lossy { target, ..Lossy::default() });
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

async fn pass(
    State(lossy): State<Lossy>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let call = Call { method, uri, headers, body };
    // A task of its own goes on when the caller hangs up.
    tokio::spawn(lossy.answer(call)).await.unwrap()
}

impl Lossy {
    async fn answer(self, call: Call) -> Response {
        let Some(key) = call.headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned())
        else {
            return call.pass_on(&self.target).await.into_response();
        };
        let ((body, answer), first) = {
            let mut answered = self.answered.lock().unwrap();
            let known = answered.len();
            let answer = answered.entry(key).or_insert_with(|| (call.body.clone(), Arc::default())).clone();
            (answer, answered.len() > known)
        };
        if body != call.body {
            let error =
                json!({"error": {"type": "idempotency_error", "message": "Keys are for one request."}});
            return (StatusCode::BAD_REQUEST, axum::Json(error)).into_response();
        }
        let answer = answer.get_or_init(|| call.pass_on(&self.target)).await.clone();
        if first { StatusCode::INTERNAL_SERVER_ERROR.into_response() } else { answer.into_response() }
    }
}

impl Call {
    async fn pass_on(&self, target: &str) -> Answer {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut call =
            client.request(self.method.clone(), format!("{target}{}", self.uri)).body(self.body.clone());
        for name in ["authorization", "content-type"] {
            if let Some(value) = self.headers.get(name) {
                call = call.header(name, value);
            }
        }
        let answer = call.send().await.unwrap();
        (answer.status(), answer.bytes().await.unwrap())
    }
}

impl Bank {
    /// Makes calls again until a payment is so, however often a busy machine lets them time out. They are under way no
    /// longer than the time that is set forward between two.
    async fn until(&self, order: OrderId, is_so: impl Fn(&Value) -> bool) {
        for _ in 0..8 {
            self.app.clock.advance(Duration::minutes(5));
            self.app.run_job("recovery").await;
            if is_so(&self.payment(order).await) {
                return;
            }
        }
        panic!("it stays {}", self.payment(order).await);
    }
}

#[tokio::test]
async fn a_charge_and_a_refund_whose_answers_are_lost_happen_once() {
    let Some(shop) = Shop::start_through("automatic", start).await else { return };
    let (bank, order) = (&shop.bank, shop.open(Some("pm_card_visa")).await);
    assert_eq!(bank.state(order).await, "opening");
    bank.until(order, |payment| payment["state"] == "succeeded").await;
    let intents = shop.theirs("/v1/payment_intents?limit=100", &[]).await;
    assert_eq!(intents["data"].as_array().unwrap().len(), 1);
    let body = json!({"amount": {"amount_minor": 1000, "currency": "IDR"}, "reason": "broken"});
    bank.refund(order, "k", body).await;
    bank.calls().await;
    assert_eq!(bank.payment(order).await["refunds"][0]["state"], "pending");
    bank.until(order, |payment| payment["refunds"][0]["state"] == "done").await;
    let reference = intents["data"][0]["id"].as_str().unwrap();
    let refunds = shop.theirs(&format!("/v1/refunds?payment_intent={reference}"), &[]).await;
    assert_eq!(refunds["data"].as_array().unwrap().len(), 1);
    assert_eq!(bank.told().await, ["succeeded", "refunded"]);
    assert_eq!(bank.balance("receivable:stripe").await, AMOUNT - 1000);
}

#[tokio::test]
async fn a_charge_whose_answer_is_lost_is_found_and_given_back_when_its_order_ends() {
    let Some(shop) = Shop::start_through("automatic", start).await else { return };
    let (bank, order) = (&shop.bank, shop.open(Some("pm_card_visa")).await);
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    // Nobody knows the intent's id: the same key brings it.
    bank.until(order, |payment| payment["state"] == "succeeded").await;
    bank.calls().await;
    bank.until(order, |payment| payment["state"] == "refunded").await;
    assert_eq!(bank.payment(order).await["refunded"]["amount_minor"], AMOUNT);
    assert_eq!((bank.balance("receivable:stripe").await, bank.balance("sales").await), (0, 0));
    let refunds = shop.theirs("/v1/refunds?limit=100", &[]).await;
    let minor = |refund: &serde_json::Value| refund["amount"].as_i64().unwrap();
    assert_eq!(refunds["data"].as_array().unwrap().iter().map(minor).sum::<i64>(), AMOUNT);
    assert_eq!(bank.told().await, ["refunded"]);
}

#[tokio::test]
async fn an_account_that_is_gone_before_the_answer_came_has_paid_all_the_same() {
    let Some(shop) = Shop::start_through("automatic", start).await else { return };
    let (bank, order) = (&shop.bank, shop.open(Some("pm_card_visa")).await);
    assert_eq!(bank.state(order).await, "opening");
    bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
    bank.until(order, |payment| payment["state"] == "succeeded").await;
    let intents = shop.theirs("/v1/payment_intents?limit=100", &[]).await;
    assert_eq!(intents["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        (bank.told().await, bank.balance("receivable:stripe").await),
        (vec!["succeeded".into()], AMOUNT)
    );
    assert!(bank.discrepancies("").await.is_empty());
}

#[tokio::test]
async fn a_charge_of_which_nobody_heard_for_a_day_is_told_to_a_person_whoever_is_gone() {
    for gone in [true, false] {
        let Some(shop) = Shop::start_through("automatic", start).await else { return };
        let (bank, order) = (&shop.bank, shop.open(Some("pm_card_visa")).await);
        if gone {
            bank.app.deliver(&UserDeleted { user_id: bank.user }).await.unwrap();
        }
        bank.app.clock.advance(Duration::hours(24));
        bank.app.run_job("recovery").await;
        assert_eq!(bank.state(order).await, "expired");
        let found = bank.discrepancies("").await;
        assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("request_unknown")), "{found:?}");
    }
}

#[tokio::test]
async fn a_charge_whose_answer_is_lost_is_found_by_its_webhook() {
    let Some(shop) = Shop::start_through("automatic", start).await else { return };
    let post = shop.hold_webhooks().await;
    let (bank, order) = (&shop.bank, shop.open(Some("pm_card_visa")).await);
    assert_eq!(bank.state(order).await, "opening");
    let paid = eventually("Stripe's webhook", async || {
        let told = post.lock().unwrap().clone();
        told.into_iter().find(|webhook| webhook.body.contains("payment_intent.succeeded"))
    })
    .await;
    assert_eq!(shop.deliver(&paid).await, 200);
    assert_eq!(bank.app.run_job("webhooks").await, 1);
    assert_eq!(bank.state(order).await, "succeeded");
    // Its money can go back, for its id is known.
    bank.app.deliver(&bank.cancelled(order)).await.unwrap();
    bank.calls().await;
    bank.until(order, |payment| payment["state"] == "refunded").await;
    assert_eq!((bank.told().await.len(), bank.balance("receivable:stripe").await), (2, 0));
}

#[tokio::test]
async fn a_capture_whose_answer_is_lost_is_asked_about_and_not_made_again() {
    let Some(shop) = Shop::start_through("manual", start).await else { return };
    let (bank, order) = (&shop.bank, shop.open(Some("pm_card_visa")).await);
    bank.until(order, |payment| payment["state"] == "authorized").await;
    bank.wish(order, "capture", "k", json!({})).await;
    bank.calls().await;
    assert_eq!(bank.state(order).await, "authorized");
    bank.until(order, |payment| payment["state"] == "succeeded").await;
    assert_eq!(bank.told().await, ["authorized", "succeeded"]);
    assert_eq!(bank.balance("receivable:stripe").await, AMOUNT);
}
