//! Faults, webhooks, keys, the page and the clock: what every company has from the frame.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, http::StatusCode, routing::post};
use serde_json::{Value, json};
use warung_psp_sim::{
    Act, Options,
    courier::{Order, Policy},
    faults::{Fault, What, When},
    midtrans::{Midtrans, SERVER_KEY},
    start,
    xendit::Xendit,
};

use crate::shop::{Key, Shop};

async fn midtrans() -> Shop<Midtrans> {
    Shop::open(Key::Basic(SERVER_KEY)).await
}

fn charge(id: &str) -> Value {
    json!({"payment_type": "qris", "transaction_details": {"order_id": id, "gross_amount": 150_000}})
}

#[tokio::test]
async fn a_lost_answer_was_acted_upon_and_a_lost_request_was_not() {
    let shop = midtrans().await;
    for (what, acted) in [
        (What::Status { status: 503, when: When::Before }, false),
        (What::Status { status: 502, when: When::After }, true),
        (What::Reset { when: When::Before }, false),
        (What::Reset { when: When::After }, true),
        (What::Timeout { when: When::Before }, false),
        (What::Timeout { when: When::After }, true),
    ] {
        let id = format!("{what:?}").replace(|c: char| !c.is_ascii_alphanumeric(), "");
        shop.sim.faults.add(Fault::next(what, "/v2/charge"));
        let request = shop.request("POST", "/v2/charge", &[], Some(charge(&id)));
        let answer = tokio::spawn(request.send());
        let found = async || shop.send("GET", &format!("/v2/{id}/status"), None).await.status == 200;
        match what {
            What::Status { status, .. } => {
                assert_eq!(answer.await.unwrap().unwrap().status().as_u16(), status);
            }
            What::Timeout { .. } => {
                until("the request", async || shop.sim.faults.all().is_empty()).await;
                until("its effect", async || found().await == acted).await;
                assert!(!answer.is_finished(), "nothing is answered");
            }
            _ => assert!(answer.await.unwrap().unwrap_err().status().is_none()),
        }
        assert_eq!(found().await, acted, "{what:?}");
    }
    assert!(shop.sim.faults.all().is_empty());
}

#[tokio::test]
async fn a_key_gives_the_same_answer_for_five_minutes() {
    let shop = midtrans().await;
    let key = [("idempotency-key", "key-1")];
    let first = shop.send_with("POST", "/v2/charge", &key, Some(charge("one"))).await;
    // The body is not compared, as documented.
    let second = shop.send_with("POST", "/v2/charge", &key, Some(charge("two"))).await;
    assert_eq!(first.body, second.body);
    let long = "k".repeat(47);
    let ignored =
        shop.send_with("POST", "/v2/charge", &[("idempotency-key", &long)], Some(charge("one"))).await;
    assert_eq!(ignored.body["status_code"], "406");
    shop.sim.desk.clock.advance(time::Duration::minutes(5));
    let later = shop.send_with("POST", "/v2/charge", &key, Some(charge("two"))).await;
    assert_eq!(later.body["order_id"], "two");
}

#[tokio::test]
async fn the_same_seed_says_the_same() {
    let mut said = Vec::new();
    for _ in 0..2 {
        let shop = midtrans().await;
        shop.sim.desk.clock.stop_at(time::OffsetDateTime::UNIX_EPOCH);
        let body = shop.send("POST", "/v2/charge", Some(charge("one"))).await.body;
        // All but the port, which the machine gives.
        said.push(body.to_string().replace(&shop.sim.desk.url, ""));
    }
    assert_eq!(said[0], said[1]);
}

#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>, Arc<Mutex<Vec<StatusCode>>>);

/// A shop's door: notes the states it hears of, and answers as it is told.
async fn door(heard: Heard) -> String {
    async fn hear(State(heard): State<Heard>, body: String) -> StatusCode {
        let body: Value = serde_json::from_str(&body).unwrap();
        heard.0.lock().unwrap().push(body["transaction_status"].as_str().unwrap().to_owned());
        heard.1.lock().unwrap().pop().unwrap_or(StatusCode::OK)
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let service = Router::new().route("/hook", post(hear)).with_state(heard);
    tokio::spawn(async move { axum::serve(listener, service).await });
    url
}

async fn until(what: &str, met: impl AsyncFn() -> bool) {
    let looking = async {
        while !met().await {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), looking)
        .await
        .unwrap_or_else(|_| panic!("{what} did not come"));
}

#[tokio::test]
async fn webhooks_are_carried_again_until_they_are_taken() {
    let heard = Heard::default();
    heard.1.lock().unwrap().push(StatusCode::SERVICE_UNAVAILABLE);
    let webhook_url = Some(door(heard.clone()).await);
    let sim = start::<Midtrans>(Options { webhook_url, ..Options::default() }).await.unwrap();
    let shop = Shop { sim, ..midtrans().await };
    shop.send("POST", "/v2/charge", Some(charge("one"))).await;
    until("the first try", async || heard.0.lock().unwrap().len() == 1).await;
    until("its return", async || shop.sim.desk.courier.counts().waiting == 1).await;
    shop.sim.desk.clock.advance(time::Duration::minutes(3));
    until("the second try", async || shop.sim.desk.courier.counts().taken == 1).await;
    assert_eq!(*heard.0.lock().unwrap(), ["pending", "pending"]);
}

#[tokio::test]
async fn held_webhooks_go_out_twice_and_in_the_other_order() {
    let heard = Heard::default();
    let webhook_url = Some(door(heard.clone()).await);
    let policy = Policy { hold: true, ..Policy::default() };
    let sim = start::<Midtrans>(Options { webhook_url, policy, ..Options::default() }).await.unwrap();
    let shop = Shop { sim, ..midtrans().await };
    shop.send("POST", "/v2/charge", Some(charge("one"))).await;
    shop.act("one", Act::Pay);
    assert_eq!(shop.sim.desk.courier.counts().waiting, 2);
    shop.sim.desk.courier.release(Order::Reversed, 2, &shop.client).await;
    assert_eq!(*heard.0.lock().unwrap(), ["settlement", "settlement", "pending", "pending"]);
}

#[tokio::test]
async fn a_person_pays_on_the_page_and_goes_back_to_the_shop() {
    let shop = midtrans().await;
    let mut order = json!({"transaction_details": {"order_id": "one", "gross_amount": 150_000}});
    order["callbacks"] = json!({"finish": "http://127.0.0.1:1/done?a=1&b=<2>"});
    let session = shop.send("POST", "/snap/v1/transactions", Some(order)).await;
    let path =
        session.body["redirect_url"].as_str().unwrap().strip_prefix(&shop.sim.desk.url).unwrap().to_owned();
    let page = shop.send("GET", &path, None).await.body;
    let page = page.as_str().unwrap();
    assert!(page.contains("IDR 150000.00") && page.contains("&lt;2>") && !page.contains("<2>"), "{page}");
    let client =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let url = format!("{}{path}", shop.sim.desk.url);
    let paid = client.post(&url).form(&[("outcome", "pay")]).send().await.unwrap();
    assert_eq!(paid.status().as_u16(), 303);
    assert_eq!(shop.send("GET", "/v2/one/status", None).await.body["transaction_status"], "settlement");
    assert!(shop.send("GET", "/", None).await.body.as_str().unwrap().contains("settlement"));
}

#[tokio::test]
async fn another_process_moves_the_company_by_its_control_doors() {
    let shop = midtrans().await;
    shop.send("POST", "/v2/charge", Some(charge("one"))).await;
    let fault = json!({"fault": "status", "status": 500, "when": "before", "path": "/status"});
    assert_eq!(shop.send("POST", "/_sim/faults", Some(fault)).await.status, 204);
    assert_eq!(shop.send("GET", "/v2/one/status", None).await.status, 500);
    let other = shop.send("POST", "/_sim/payments/one/pay", Some(json!({"amount": "100000"}))).await;
    assert_eq!(other.status, 204, "{}", other.body);
    let status = shop.send("GET", "/v2/one/status", None).await.body;
    assert_eq!(
        (&status["transaction_status"], &status["gross_amount"]),
        (&json!("settlement"), &json!("100000.00"))
    );
    assert_eq!(shop.send("POST", "/_sim/payments/one/expire", None).await.status, 409);
    assert_eq!(shop.send("POST", "/_sim/payments/nobody/pay", None).await.status, 404);
    assert_eq!(shop.send("POST", "/_sim/clock", Some(json!({"advance_seconds": 60}))).await.status, 204);
    let webhooks = shop.send("GET", "/_sim/webhooks", None).await.body;
    assert_eq!(webhooks["waiting"].as_array().unwrap().len(), 2);
    assert_eq!(shop.send("DELETE", "/_sim/webhooks", None).await.status, 204);
    assert!(shop.sim.desk.courier.waiting().is_empty());
    assert!(!shop.send("GET", "/_sim/journal", None).await.body.as_array().unwrap().is_empty());
}

#[tokio::test]
async fn companies_live_beside_each_other() {
    let (one, other) = tokio::join!(midtrans(), start::<Xendit>(Options::default()));
    assert_ne!(one.sim.desk.url, other.unwrap().desk.url);
}

#[test]
fn a_shop_that_is_no_url_is_refused_in_one_line() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_psp-sim"));
    let output = command.args(["--shop", "nonsense", "--settings"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.lines().count() == 1 && error.contains("write http://host:port"), "{error}");
}
