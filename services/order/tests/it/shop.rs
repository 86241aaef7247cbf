//! A running order service with a customer, a product and words for what tests do often.

use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::{self, Answer, TestApp};
use warung_contracts::{
    event::{
        Event, PaymentChoice, PaymentFailed, PaymentSucceeded, RefundRequested, ShipmentDelivered,
        StockReserved,
    },
    id::{OrderId, PaymentId, ProductId, ShipmentId, UserId},
    money::Money,
};

use crate::peers::Peers;

/// Price of the product, in minor units.
pub const PRICE: i64 = 2_500;

pub struct Shop {
    pub app: TestApp,
    pub peers: Peers,
    pub user: UserId,
    pub token: String,
    pub product: ProductId,
}

impl Shop {
    /// A shop whose customer has two of its product in the cart.
    pub async fn start() -> Self {
        Self::start_beside("IDR").await
    }

    /// The same beside a product and a cart that sell in this currency.
    pub async fn start_beside(currency: &str) -> Self {
        Self::start_with(currency, &[]).await
    }

    /// The same with more variables.
    pub async fn start_with(currency: &str, more: &[(&str, &str)]) -> Self {
        let mut peers = Peers::start(currency).await;
        let variables = [
            ("WARUNG_CART_URL", peers.cart_url.as_str()),
            ("WARUNG_PRODUCT_URL", &peers.product_url),
            ("WARUNG_SHIPMENT_URL", &peers.shipment_url),
            // Nobody is there: what they did for orders is tested where all services run.
            ("WARUNG_PAYMENT_URL", "http://127.0.0.1:1"),
            ("WARUNG_NOTIFICATION_URL", "http://127.0.0.1:1"),
            ("WARUNG_USER_URL", "http://127.0.0.1:1"),
            ("WARUNG_SHOP", "kopi"),
            ("WARUNG_ORDER_TOKEN_KEY", "a key"),
        ];
        let all: Vec<(&str, &str)> = variables.iter().copied().chain(more.iter().copied()).collect();
        let app = TestApp::start(warung_order::service(), &all).await;
        peers.reach(&app);
        let (user, token) = testing::customer();
        let product = peers.sell("KOPI", PRICE, 10).await;
        peers.fill(&token, &[(product, 2)]).await;
        Self { app, peers, user, token, product }
    }

    pub async fn stop(self) {
        self.app.stop().await;
        self.peers.stop().await;
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.app.send("GET", path, Some(&self.token), None).await
    }

    pub async fn post(&self, path: &str, key: &str, body: Option<Value>) -> Answer {
        self.app.send_with("POST", path, Some(&self.token), &[("idempotency-key", key)], body).await
    }

    /// Does something as an administrator; it must go well.
    pub async fn as_admin(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let key = Uuid::now_v7().to_string();
        let headers = [("idempotency-key", key.as_str())];
        let answer = self.app.send_with(method, path, Some(&testing::admin()), &headers, body).await;
        assert!(answer.status.is_success(), "{method} {path}: {}", answer.body);
        answer.body
    }

    /// Sets the rate of a tax class in Indonesia.
    pub async fn tax(&self, class: &str, rate_ppm: u32) {
        let body = json!({"tax_class": class, "country": "ID", "rate_ppm": rate_ppm});
        self.as_admin("PUT", "/api/v1/admin/tax-rates", Some(body)).await;
    }

    /// Adds a coupon.
    pub async fn coupon(&self, body: Value) -> Value {
        self.as_admin("POST", "/api/v1/admin/coupons", Some(body)).await
    }

    pub async fn quote(&self, body: Value) -> Answer {
        self.app.send("POST", "/api/v1/checkout/quote", Some(&self.token), Some(body)).await
    }

    /// Places an order with these coupons of a cart that is filled anew.
    pub async fn checkout_with(&self, key: &str, coupons: &[&str]) -> Answer {
        self.fill_anew().await;
        self.post("/api/v1/checkout", key, Some(with_coupons(coupons))).await
    }

    /// Puts the same things into the cart again, as somebody does who wants them once more.
    pub async fn fill_anew(&self) {
        self.peers.fill_anew(&self.token).await;
    }

    /// Brings an order to its end at the customer's door; forgets the events of it.
    pub async fn complete(&self, id: OrderId, paid: Money) {
        self.app.deliver(&PaymentSucceeded { amount: paid, ..self.paid(id) }).await.unwrap();
        let shipment_id = ShipmentId(Uuid::now_v7());
        let delivered = ShipmentDelivered {
            order_id: id,
            shipment_id,
            user_id: self.user,
            parcel: None,
            parcels: None,
            remaining: None,
        };
        self.app.deliver(&delivered).await.unwrap();
        self.app.published().await;
    }

    /// What was told of one kind, whatever else was told.
    pub async fn told<E: Event>(&self) -> Vec<E> {
        let all = self.app.published().await.into_iter();
        let of_kind = all.filter(|(event_type, _)| event_type == E::TYPE);
        of_kind.map(|(_, data)| serde_json::from_value(data).unwrap()).collect()
    }

    /// The one refund that payment was asked for since the last look, whatever else was told.
    pub async fn refund_requested(&self) -> RefundRequested {
        let mut asked = self.told::<RefundRequested>().await;
        assert_eq!(asked.len(), 1, "{asked:?}");
        asked.remove(0)
    }

    pub async fn checkout(&self, key: &str) -> Answer {
        self.post("/api/v1/checkout", key, Some(body())).await
    }

    /// Places an order of a cart that is filled anew; forgets the event of it.
    pub async fn order(&self) -> OrderId {
        self.fill_anew().await;
        let answer = self.checkout(&Uuid::now_v7().to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        self.app.published().await;
        answer.body["id"].as_str().unwrap().parse().unwrap()
    }

    pub async fn detail(&self, id: OrderId) -> Value {
        let answer = self.get(&format!("/api/v1/orders/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub async fn state(&self, id: OrderId) -> String {
        self.detail(id).await["state"].as_str().unwrap().to_owned()
    }

    pub fn total(&self) -> Money {
        Money::new(2 * PRICE, "IDR".parse().unwrap())
    }

    pub fn reserved(&self, order_id: OrderId) -> StockReserved {
        let payment = PaymentChoice::of("sandbox");
        StockReserved {
            order_id,
            number: None,
            user_id: self.user,
            total: self.total(),
            payment,
            order_token_hash: None,
            totals: None,
            served_from: vec![],
        }
    }

    pub fn paid(&self, order_id: OrderId) -> PaymentSucceeded {
        PaymentSucceeded {
            order_id,
            payment_id: first_try(order_id),
            user_id: self.user,
            amount: self.total(),
            provider: "sandbox".into(),
            attempt: Some(1),
            partial: None,
            overpaid: None,
        }
    }
}

/// The first try to pay an order.
pub fn first_try(order: OrderId) -> PaymentId {
    PaymentId(order.uuid())
}

/// The first try failed, and no other follows.
pub fn failed(order_id: OrderId, reason: &str) -> PaymentFailed {
    PaymentFailed {
        order_id,
        payment_id: first_try(order_id),
        reason: reason.to_owned(),
        attempt: Some(1),
        user_id: None,
        retry_until: None,
    }
}

/// A body of checkout with coupons.
pub fn with_coupons(coupons: &[&str]) -> Value {
    let mut body = body();
    body["coupons"] = json!(coupons);
    body
}

/// A body of checkout.
pub fn body() -> Value {
    json!({
        "payment": {"provider": "sandbox", "token": "tok_success"},
        "shipping_address": {
            "recipient": "Sari", "line1": "Jl. Kopi 1", "city": "Bandung", "postal_code": "40111", "country": "ID",
        },
    })
}
