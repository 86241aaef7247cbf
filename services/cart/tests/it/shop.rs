//! Helpers: a cart service beside a product service that listens on a port of its own.

use serde_json::{Value, json};
use sha2::Digest as _;
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use warung_chassis::{
    server,
    testing::{Answer, TestApp, admin},
};
use warung_contracts::{id::ProductId, money::Money};

pub struct Shop {
    pub cart: TestApp,
    pub product: TestApp,
    server: JoinHandle<anyhow::Result<()>>,
    stop: CancellationToken,
}

pub fn idr(amount_minor: i64) -> Money {
    Money::new(amount_minor, "IDR".parse().unwrap())
}

impl Shop {
    pub async fn open() -> Self {
        Self::open_with(&[]).await
    }

    pub async fn open_with(variables: &[(&str, &str)]) -> Self {
        let product = TestApp::start(warung_product::service(), &[]).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let server = tokio::spawn(server::serve(listener, product.router.clone(), stop.clone()));
        let mut all = vec![("WARUNG_PRODUCT_URL", url.as_str())];
        all.extend_from_slice(variables);
        let cart = TestApp::start(warung_cart::service(), &all).await;
        Self { cart, product, server, stop }
    }

    /// Adds a product and returns its id.
    pub async fn sell(&self, sku: &str, price: i64, stock: u32) -> ProductId {
        let body = json!({"sku": sku, "name": sku, "price": idr(price), "stock": stock});
        let answer = self.product.send("POST", "/api/v1/products", Some(&admin()), Some(body)).await;
        assert_eq!(answer.status, 201, "{:?}", answer.body);
        answer.body["id"].as_str().unwrap().parse().unwrap()
    }

    /// One order may have so many of it from now on.
    pub async fn limit(&self, id: ProductId, most: u32) {
        let (path, edit) = (format!("/api/v1/products/{id}"), json!({"max_quantity": most}));
        let answer = self.product.send("PATCH", &path, Some(&admin()), Some(edit)).await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
    }

    /// product is gone from now on, its connections too.
    pub async fn lose_product(&mut self) {
        self.stop.cancel();
        // Ends once every connection has: the next question finds nobody.
        let bound = std::time::Duration::from_secs(20);
        tokio::time::timeout(bound, &mut self.server).await.expect("the server stops").unwrap().unwrap();
    }

    pub async fn as_user(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.cart.send(method, path, Some(token), body).await
    }

    pub async fn as_guest(&self, guest: &str, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.cart.send_with(method, path, None, &[("x-cart-token", guest)], body).await
    }

    /// A new guest with these in the cart; returns the guest's token.
    pub async fn guest_with(&self, items: &[(ProductId, u32)]) -> String {
        let mut guest = None::<String>;
        for (id, quantity) in items {
            let body = Some(json!({"product_id": id, "quantity": quantity}));
            let path = "/api/v1/cart/items";
            let answer = match &guest {
                Some(guest) => self.as_guest(guest, "POST", path, body).await,
                None => self.cart.send("POST", path, None, body).await,
            };
            assert_eq!(answer.status, 200, "{:?}", answer.body);
            guest = Some(answer.headers["x-cart-token"].to_str().unwrap().to_owned());
        }
        guest.unwrap()
    }

    pub async fn close(self) {
        self.stop.cancel();
        self.server.abort();
        self.product.stop().await;
        self.cart.stop().await;
    }
}

/// Quantities by product, in the order of the lines.
pub fn lines(answer: &Answer) -> Vec<(ProductId, u64)> {
    assert_eq!(answer.status, 200, "{:?}", answer.body);
    let lines = answer.body["lines"].as_array().unwrap().iter();
    lines
        .map(|l| (l["product_id"].as_str().unwrap().parse().unwrap(), l["quantity"].as_u64().unwrap()))
        .collect()
}

/// SHA-256 of a guest's token, hexadecimal.
pub fn hash(guest: &str) -> String {
    hex::encode(sha2::Sha256::digest(guest.as_bytes()))
}

/// A connection of the test's own.
pub async fn redis() -> redis::aio::ConnectionManager {
    let url = warung_chassis::testing::store_url("WARUNG_TEST_REDIS_URL");
    redis::Client::open(url).unwrap().get_connection_manager().await.unwrap()
}
