//! A running order service with a customer, a product and words for what tests do often.

use serde_json::{Value, json};
use uuid::Uuid;
use warung_chassis::testing::{self, Answer, TestApp};
use warung_contracts::{
    event::{PaymentChoice, PaymentSucceeded, StockReserved},
    id::{OrderId, PaymentId, ProductId, UserId},
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
        let peers = Peers::start(currency).await;
        let variables = [
            ("WARUNG_CART_URL", peers.cart_url.as_str()),
            ("WARUNG_PRODUCT_URL", &peers.product_url),
            ("WARUNG_SHOP", "kopi"),
        ];
        let app = TestApp::start(warung_order::service(), &variables).await;
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

    pub async fn checkout(&self, key: &str) -> Answer {
        self.post("/api/v1/checkout", key, Some(body())).await
    }

    /// Places an order; forgets the event of it.
    pub async fn order(&self) -> OrderId {
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
        StockReserved { order_id, user_id: self.user, total: self.total(), payment }
    }

    pub fn paid(&self, order_id: OrderId) -> PaymentSucceeded {
        PaymentSucceeded {
            order_id,
            payment_id: PaymentId(Uuid::now_v7()),
            user_id: self.user,
            amount: self.total(),
            provider: "sandbox".into(),
            partial: None,
        }
    }
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
