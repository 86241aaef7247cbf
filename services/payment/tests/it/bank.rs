//! A running payment service and words for what tests do often.

use std::str::FromStr as _;

use serde_json::{Value, json};
use time::OffsetDateTime;
use uuid::Uuid;
use warung_chassis::{
    signature,
    testing::{self, Answer, TestApp},
};
use warung_contracts::{
    event::{
        CancelReason, Event, OrderCancelled, PaymentChoice, PaymentDecided, PaymentHoldEnded, StockReserved,
    },
    id::{OrderId, UserId},
    money::Money,
};

pub const SECRET: &str = "whsec_test";
/// What every order costs, in minor units.
pub const AMOUNT: i64 = 50_000;

pub struct Bank {
    pub app: TestApp,
    pub user: UserId,
    pub token: String,
}

impl Bank {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// A shop in which an administrator takes the money.
    pub async fn manual() -> Self {
        Self::start_with(&[("WARUNG_PAYMENT_CAPTURE", "manual")]).await
    }

    pub async fn start_with(more: &[(&str, &str)]) -> Self {
        let mut variables = vec![("WARUNG_SANDBOX_WEBHOOK_SECRET", SECRET)];
        variables.extend(more);
        let app = TestApp::start(warung_payment::service(), &variables).await;
        let (user, token) = testing::customer();
        Self { app, user, token }
    }

    /// An order whose stock is set aside, to be paid with this token.
    pub fn reserved(&self, token: &str) -> StockReserved {
        StockReserved {
            order_id: OrderId(Uuid::now_v7()),
            number: Some("KOPI-000001".into()),
            user_id: self.user,
            total: Money::new(AMOUNT, "IDR".parse().unwrap()),
            payment: PaymentChoice { token: Some(token.into()), ..PaymentChoice::of("sandbox") },
            order_token_hash: None,
            totals: None,
            served_from: vec![],
        }
    }

    pub fn cancelled(&self, order_id: OrderId) -> OrderCancelled {
        OrderCancelled {
            order_id,
            number: "KOPI-000001".into(),
            user_id: self.user,
            total: Money::new(AMOUNT, "IDR".parse().unwrap()),
            reason: CancelReason::ByCustomer,
            cart_token_hash: None,
        }
    }

    /// Opens a payment and lets the provider answer.
    pub async fn open(&self, token: &str) -> OrderId {
        let reserved = self.reserved(token);
        self.app.deliver(&reserved).await.unwrap();
        assert_eq!(self.app.run_job("calls").await, 1);
        reserved.order_id
    }

    /// Its row can't be read any more.
    pub async fn spoil(&self, order: OrderId) {
        let pool = self.app.db.as_ref().unwrap().pool();
        let spoiled = "UPDATE payments SET next_action = '5' WHERE order_id = $1";
        assert_eq!(sqlx::query(spoiled).bind(order.0).execute(pool).await.unwrap().rows_affected(), 1);
    }

    /// Makes calls until none is due.
    pub async fn calls(&self) {
        while self.app.run_job("calls").await > 0 {}
    }

    pub async fn payment(&self, order: OrderId) -> Value {
        let path = format!("/api/v1/payments/{order}");
        let answer = self.app.send("GET", &path, Some(&self.token), None).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub async fn state(&self, order: OrderId) -> String {
        self.payment(order).await["state"].as_str().unwrap().to_owned()
    }

    pub async fn refund(&self, order: OrderId, key: &str, body: Value) -> Answer {
        self.wish(order, "refund", key, body).await
    }

    /// What an administrator does with a payment.
    pub async fn wish(&self, order: OrderId, wish: &str, key: &str, body: Value) -> Answer {
        let path = format!("/api/v1/payments/{order}/{wish}");
        let admin = testing::token(self.user, &[warung_chassis::auth::Role::Admin]);
        self.app.send_with("POST", &path, Some(&admin), &[("idempotency-key", key)], Some(body)).await
    }

    /// What staff read, as an administrator.
    pub async fn read(&self, path: &str) -> Value {
        let answer = self.app.send("GET", path, Some(&testing::admin()), None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    /// The discrepancies that a query finds.
    pub async fn discrepancies(&self, query: &str) -> Vec<Value> {
        let page = self.read(&format!("/api/v1/payments/discrepancies{query}")).await;
        page["items"].as_array().unwrap().clone()
    }

    /// Sends a webhook signed now.
    pub async fn webhook(&self, order: OrderId, event_id: &str, status: &str) -> Answer {
        let payment_id = self.payment(order).await["id"].clone();
        let body = json!({"event_id": event_id, "payment_id": payment_id, "status": status}).to_string();
        self.send_webhook(&body, &sign(self.app.clock.now().unix_timestamp(), &body)).await
    }

    pub async fn send_webhook(&self, body: &str, signature: &str) -> Answer {
        let request = axum::http::Request::post("/api/v1/webhooks/sandbox")
            .header("x-sandbox-signature", signature)
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body.to_owned()))
            .unwrap();
        self.app.raw(request).await
    }

    /// The types of the events published since the last look, without `warung.payment.` and `.v1`; what administrators
    /// decided is left out, for it says nothing of the money.
    pub async fn told(&self) -> Vec<String> {
        let name = |t: &str| t.trim_start_matches("warung.payment.").trim_end_matches(".v1").to_owned();
        self.published().await.iter().map(|(event_type, _)| name(event_type)).collect()
    }

    /// The events published since the last look, which are all of one type but for what administrators decided and that
    /// it waits no more.
    pub async fn only<E: Event>(&self) -> Vec<E> {
        let read = |(event_type, data): (String, Value)| {
            assert_eq!(event_type, E::TYPE, "another event was published: {data}");
            serde_json::from_value(data).unwrap()
        };
        let mut all = self.published().await;
        all.retain(|(event_type, _)| event_type != PaymentHoldEnded::TYPE);
        all.into_iter().map(read).collect()
    }

    async fn published(&self) -> Vec<(String, Value)> {
        let mut all = self.app.published().await;
        all.retain(|(event_type, _)| event_type != PaymentDecided::TYPE);
        all
    }

    /// The balance of an account, after a look that the whole ledger sums to zero.
    pub async fn balance(&self, account: &str) -> i64 {
        let pool = self.app.db.as_ref().unwrap().pool();
        let all: i64 =
            sqlx::query_scalar("SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries")
                .fetch_one(pool)
                .await
                .unwrap();
        assert_eq!(all, 0);
        sqlx::query_scalar(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_entries WHERE account = $1",
        )
        .bind(account)
        .fetch_one(pool)
        .await
        .unwrap()
    }

    /// What the sandbox gave back in all.
    pub async fn given_back(&self) -> i64 {
        sqlx::query_scalar("SELECT coalesce(sum(amount_minor), 0)::bigint FROM sandbox_refunds")
            .fetch_one(self.app.db.as_ref().unwrap().pool())
            .await
            .unwrap()
    }
}

/// The signature of a body at this time.
pub fn sign(at: i64, body: &str) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at).unwrap();
    signature::sign(&SECRET.into(), body.as_bytes(), at).unwrap()
}

/// An order nobody knows.
pub fn nobody() -> OrderId {
    OrderId::from_str("ord_00000000000000000000000000000009").unwrap()
}
