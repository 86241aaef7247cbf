//! A customer.

use std::time::Duration;

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, Shop, until};

/// A registered, logged-in customer.
#[derive(Debug, Clone)]
pub struct Shopper {
    pub shop: Shop,
    pub email: String,
    pub token: String,
}

/// An address that every shop accepts.
pub fn address() -> Value {
    json!({
        "recipient": "Siti Rahma", "phone": "+62811111111", "line1": "Jl. Braga 1", "city": "Bandung",
        "province": "Jawa Barat", "postal_code": "40111", "country": "ID"
    })
}

impl Shopper {
    /// Everybody's.
    pub const PASSWORD: &str = "kopi gayo setiap pagi";

    /// Registers somebody new and logs in.
    ///
    /// # Errors
    ///
    /// When the shop refuses.
    pub async fn register(shop: &Shop, name: &str) -> Result<Self> {
        let email = format!("{}-{}@example.com", name.to_lowercase(), uuid::Uuid::now_v7().simple());
        let body = json!({"email": email, "password": Self::PASSWORD, "name": name, "locale": "en"});
        let network = network();
        let headers = [("x-forwarded-for", network.as_str())];
        shop.send(Method::POST, "/api/v1/register", None, &headers, Some(&body))
            .await?
            .ok()
            .context("register")?;
        Self::log_in(shop, &email, Self::PASSWORD).await
    }

    /// Logs in.
    ///
    /// # Errors
    ///
    /// When the shop refuses.
    pub async fn log_in(shop: &Shop, email: &str, password: &str) -> Result<Self> {
        let body = json!({"email": email, "password": password});
        let network = network();
        let headers = [("x-forwarded-for", network.as_str())];
        let answer = shop.send(Method::POST, "/api/v1/login", None, &headers, Some(&body)).await?;
        let body = answer.ok().context("log in")?;
        let token = body["access_token"].as_str().context("the answer to a log-in has no access_token")?;
        Ok(Self { shop: shop.clone(), email: email.to_owned(), token: token.to_owned() })
    }

    /// Sends a request as this customer.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        self.shop.send(method, path, Some(&self.token), &[], body).await
    }

    /// Sends something that moves goods or money, under a key of its own; it must go well.
    ///
    /// # Errors
    ///
    /// When the shop refuses.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.try_post(path, body).await?.ok().with_context(|| path.to_owned())
    }

    /// Sends something that moves goods or money, under a key of its own.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn try_post(&self, path: &str, body: &Value) -> Result<Answer> {
        let key = uuid::Uuid::now_v7().to_string();
        let headers = [("idempotency-key", key.as_str())];
        self.shop.send(Method::POST, path, Some(&self.token), &headers, Some(body)).await
    }

    /// Puts a product into the cart.
    ///
    /// # Errors
    ///
    /// When the shop refuses.
    pub async fn add(&self, product: &str, quantity: u32) -> Result<Value> {
        let body = json!({"product_id": product, "quantity": quantity});
        self.send(Method::POST, "/api/v1/cart/items", Some(&body)).await?.ok().context("add to the cart")
    }

    /// Checks out under an idempotency key, paying with a token of the sandbox provider.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn check_out(&self, key: &str, payment_token: &str) -> Result<Answer> {
        self.check_out_by(key, &json!({"provider": "sandbox", "token": payment_token})).await
    }

    /// Checks out under an idempotency key, paying so.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn check_out_by(&self, key: &str, payment: &Value) -> Result<Answer> {
        let body = json!({"payment": payment, "shipping_address": address()});
        let headers = [("idempotency-key", key)];
        self.shop.send(Method::POST, "/api/v1/checkout", Some(&self.token), &headers, Some(&body)).await
    }

    /// An order of this customer.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub async fn order(&self, id: &str) -> Result<Value> {
        self.send(Method::GET, &format!("/api/v1/orders/{id}"), None).await?.ok()
    }

    /// Waits for an order to be in one of these states.
    ///
    /// # Errors
    ///
    /// When it is not after `within`.
    pub async fn wait_for(&self, id: &str, states: &[&str], within: Duration) -> Result<Value> {
        until(&format!("order {id} in {states:?}"), within, || async {
            let order = self.order(id).await?;
            let state = order["state"].as_str().unwrap_or_default();
            Ok(states.contains(&state).then_some(order.clone()))
        })
        .await
    }
}

/// An address of a network of its own (RFC 3849): where no gateway stands in front, all customers would come from one,
/// which auth slows down. A gateway writes its own.
fn network() -> String {
    let random = uuid::Uuid::now_v7().as_u128();
    format!("2001:db8:{:x}:{:x}::1", (random >> 16) & 0xffff, random & 0xffff)
}
