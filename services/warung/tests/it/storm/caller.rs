//! Somebody at the shop's doors, by what they show: an account's token, a guest's cart, the token of a guest's order.

use std::time::Duration;

use anyhow::Result;
use reqwest::Method;
use serde_json::Value;
use warung_e2e::{Answer, Shop, Shopper, until};

/// How long an order may take to go on, and an answer to come, in bad weather.
pub const PATIENCE: Duration = Duration::from_secs(180);
/// Where an order goes no further.
pub const ENDED: [&str; 3] = ["completed", "cancelled", "rejected"];

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    pub shop: Shop,
    /// The access token of an account.
    pub account: Option<String>,
    /// The token of a guest's cart.
    pub cart: Option<String>,
    /// The token of a guest's order.
    pub order: Option<String>,
}

impl From<&Shopper> for Caller {
    fn from(shopper: &Shopper) -> Self {
        Self { account: Some(shopper.token.clone()), ..Self::guest(&shopper.shop) }
    }
}

impl Caller {
    /// Somebody who shows nothing yet.
    pub fn guest(shop: &Shop) -> Self {
        Self { shop: shop.clone(), account: None, cart: None, order: None }
    }

    /// The same without the account.
    pub fn without_account(&self) -> Self {
        Self { account: None, ..self.clone() }
    }

    /// Sends one request.
    pub async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Answer> {
        self.send_under(None, method, path, body).await
    }

    /// Sends something that moves goods or money under an idempotency key.
    pub async fn post(&self, path: &str, key: &str, body: &Value) -> Result<Answer> {
        self.send_under(Some(key), Method::POST, path, Some(body)).await
    }

    async fn send_under(
        &self,
        key: Option<&str>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer> {
        let shown = [("x-cart-token", &self.cart), ("order-token", &self.order)];
        let shown = shown.iter().filter_map(|(name, token)| Some((*name, token.as_deref()?)));
        let headers: Vec<(&str, &str)> = shown.chain(key.map(|key| ("idempotency-key", key))).collect();
        self.shop.send(method, path, self.account.as_deref(), &headers, body).await
    }

    /// An order of theirs.
    pub async fn order(&self, id: &str) -> Result<Value> {
        self.send(Method::GET, &format!("/api/v1/orders/{id}"), None).await?.ok()
    }

    /// Waits until an order is in one of these states.
    pub async fn wait_for(&self, id: &str, states: &[&str]) -> Result<Value> {
        until(&format!("order {id} in {states:?}"), PATIENCE, || async {
            let order = self.order(id).await?;
            let state = order["state"].as_str().unwrap_or_default();
            Ok(states.contains(&state).then_some(order.clone()))
        })
        .await
    }

    /// Sends something under a key until there is an answer that stays; none when the state of things forbids it.
    pub async fn insist(&self, path: &str, key: &str, body: &Value) -> Result<Option<Value>> {
        until(&format!("an answer from {path}"), PATIENCE, || async {
            let answer = self.post(path, key, body).await?;
            let kind = answer.body["type"].as_str().unwrap_or_default();
            if answer.status.as_u16() == 409 && !kind.ends_with("idempotency-key-in-flight") {
                return Ok(Some(None));
            }
            answer.ok().map(|body| Some(Some(body)))
        })
        .await
    }
}
