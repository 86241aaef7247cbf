//! Disputes at Stripe. No Stripe that others wrote makes any: this one answers with the fields of Stripe's own sample of a
//! dispute, which the adapter's tests read, and knows nothing else.

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    body::Body,
    extract::{Path, State},
    http::{Request, StatusCode},
    routing::{get, post},
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use warung_chassis::signature;
use warung_contracts::{
    event::{PaymentChoice, StockReserved},
    id::OrderId,
};

use crate::bank::{AMOUNT, Bank};

const SECRET: &str = "whsec_disputes";

/// A Stripe with one intent, which is paid at once, and at most one dispute.
type Books = Arc<Mutex<Option<Value>>>;

fn intent(dispute: Option<&Value>) -> Value {
    json!({
        "id": "pi_1", "object": "payment_intent", "status": "succeeded", "currency": "idr", "amount": AMOUNT,
        "amount_received": AMOUNT, "metadata": {},
        "latest_charge": {"id": "ch_1", "amount": AMOUNT, "amount_captured": AMOUNT, "disputed": dispute.is_some()},
    })
}

async fn one(State(books): State<Books>) -> Json<Value> {
    Json(intent(books.lock().unwrap().as_ref()))
}

async fn list(State(books): State<Books>) -> Json<Value> {
    let data: Vec<Value> = books.lock().unwrap().iter().cloned().collect();
    Json(json!({"object": "list", "data": data, "has_more": false}))
}

async fn show(State(books): State<Books>, Path(id): Path<String>) -> (StatusCode, Json<Value>) {
    match books.lock().unwrap().as_ref().filter(|dispute| dispute["id"] == *id) {
        Some(dispute) => (StatusCode::OK, Json(dispute.clone())),
        None => (StatusCode::NOT_FOUND, Json(json!({"error": {"type": "invalid_request_error"}}))),
    }
}

struct Shop {
    bank: Bank,
    books: Books,
    order: OrderId,
}

impl Shop {
    async fn open() -> Self {
        let books = Books::default();
        let router = Router::new()
            .route("/v1/payment_intents", post(one))
            .route("/v1/payment_intents/{id}", get(one))
            .route("/v1/disputes", get(list))
            .route("/v1/disputes/{id}", get(show))
            .with_state(books.clone());
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let bank = Bank::start_with(&[
            ("WARUNG_PAYMENT_PROVIDERS", "stripe"),
            ("WARUNG_STRIPE_URL", &url),
            ("WARUNG_STRIPE_SECRET_KEY", "sk_test_local"),
            ("WARUNG_STRIPE_WEBHOOK_SECRET", SECRET),
        ])
        .await;
        let payment = PaymentChoice { token: Some("pm_card_visa".into()), ..PaymentChoice::of("stripe") };
        let reserved = StockReserved { payment, ..bank.reserved("") };
        bank.app.deliver(&reserved).await.unwrap();
        bank.calls().await;
        assert_eq!(bank.told().await, ["succeeded"]);
        Self { bank, books, order: reserved.order_id }
    }

    /// How the dispute stands at Stripe from now on.
    fn stands(&self, status: &str, moved: &[i64]) -> Value {
        let moved: Vec<Value> = moved.iter().map(|amount| json!({"amount": amount, "fee": 0})).collect();
        let due = (OffsetDateTime::now_utc() + Duration::days(9)).unix_timestamp();
        let dispute = json!({
            "id": "dp_1", "object": "dispute", "amount": AMOUNT, "currency": "idr", "charge": "ch_1", "payment_intent": "pi_1",
            "created": 1_795_000_000, "reason": "fraudulent", "status": status, "balance_transactions": moved,
            "evidence_details": {"due_by": due, "has_evidence": false, "past_due": false, "submission_count": 0},
        });
        *self.books.lock().unwrap() = Some(dispute.clone());
        dispute
    }

    /// Stripe tells of it, and the service does what that comes to.
    async fn tell(&self, event: &str, kind: &str, dispute: &Value) {
        let body =
            json!({"id": event, "object": "event", "type": kind, "data": {"object": dispute}}).to_string();
        let signed = signature::sign(&SECRET.into(), body.as_bytes(), self.bank.app.clock.now()).unwrap();
        let request = Request::post("/api/v1/webhooks/stripe")
            .header("stripe-signature", signed)
            .header("content-type", "application/json")
            .body(Body::from(body))
            .unwrap();
        assert_eq!(self.bank.app.raw(request).await.status, 200);
        while self.bank.app.run_job("webhooks").await > 0 {}
    }

    async fn sides(&self) -> (i64, i64) {
        (self.bank.balance("chargebacks:stripe").await, self.bank.balance("receivable:stripe").await)
    }
}

#[tokio::test]
async fn a_dispute_at_stripe_is_booked_as_stripe_moves_money() {
    let shop = Shop::open().await;
    let bank = &shop.bank;
    let inquiry = shop.stands("warning_needs_response", &[]);
    shop.tell("e1", "charge.dispute.created", &inquiry).await;
    assert_eq!((bank.told().await, shop.sides().await), (vec!["disputed".to_owned()], (0, AMOUNT)));
    // An inquiry takes nothing: a refund answers it.
    let created = shop.stands("needs_response", &[]);
    shop.tell("e2", "charge.dispute.updated", &created).await;
    assert_eq!(bank.told().await, ["disputed"]);
    let withdrawn = shop.stands("needs_response", &[-70]);
    shop.tell("e3", "charge.dispute.funds_withdrawn", &withdrawn).await;
    assert_eq!((bank.told().await, shop.sides().await), (vec![], (AMOUNT, 0)));
    let won = shop.stands("won", &[-70]);
    shop.tell("e4", "charge.dispute.closed", &won).await;
    assert_eq!((bank.told().await, shop.sides().await), (vec!["dispute_closed".to_owned()], (AMOUNT, 0)));
    let back = shop.stands("won", &[-70, 70]);
    shop.tell("e5", "charge.dispute.funds_reinstated", &back).await;
    assert_eq!((bank.told().await, shop.sides().await), (vec![], (0, AMOUNT)));
    // All of it again, from the end.
    for (event, told) in [("f5", &back), ("f4", &won), ("f3", &withdrawn), ("f1", &inquiry)] {
        shop.tell(event, "charge.dispute.updated", told).await;
    }
    assert_eq!((bank.told().await, shop.sides().await), (vec![], (0, AMOUNT)));
    assert!(bank.discrepancies("").await.is_empty());
    shop.bank.app.stop().await;
}

#[tokio::test]
async fn a_webhook_of_stripes_is_not_believed_and_one_that_is_lost_is_found() {
    let shop = Shop::open().await;
    let bank = &shop.bank;
    let lost = shop.stands("lost", &[-70]);
    // Signed, but Stripe knows of no dispute.
    *shop.books.lock().unwrap() = None;
    shop.tell("e1", "charge.dispute.closed", &lost).await;
    assert_eq!((bank.told().await, shop.sides().await), (vec![], (0, AMOUNT)));
    shop.stands("needs_response", &[-70]);
    bank.app.clock.advance(Duration::hours(2));
    bank.app.run_job("reconcile").await;
    assert_eq!((bank.told().await, shop.sides().await), (vec!["disputed".to_owned()], (AMOUNT, 0)));
    shop.stands("lost", &[-70]);
    bank.app.clock.advance(Duration::hours(2));
    bank.app.run_job("reconcile").await;
    assert_eq!(bank.told().await, ["dispute_closed"]);
    let detail = bank.read(&format!("/api/v1/payments/{}/details", shop.order)).await;
    assert_eq!(detail["disputes"][0]["state"], "lost");
    shop.bank.app.stop().await;
}
