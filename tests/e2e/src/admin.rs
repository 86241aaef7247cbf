//! An administrator.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Shop, Shopper};

/// A logged-in administrator.
#[derive(Debug, Clone)]
pub struct Admin(pub Shopper);

impl Admin {
    /// Logs in.
    ///
    /// # Errors
    ///
    /// When the shop refuses.
    pub async fn log_in(shop: &Shop, email: &str, password: &str) -> Result<Self> {
        Shopper::log_in(shop, email, password).await.map(Self)
    }

    /// Makes a product of this price in minor units with this much stock; returns its id.
    ///
    /// # Errors
    ///
    /// When the shop refuses.
    pub async fn product(&self, name: &str, price_minor: i64, currency: &str, stock: u32) -> Result<String> {
        let sku = format!("SKU-{}", Uuid::now_v7().simple());
        let price = json!({"amount_minor": price_minor, "currency": currency});
        let body = json!({"sku": sku, "name": name, "description": name, "price": price, "status": "active"});
        let made = self
            .0
            .send(Method::POST, "/api/v1/products", Some(&body))
            .await?
            .ok()
            .context("make a product")?;
        let id = made["id"].as_str().context("a product has an id")?.to_owned();
        self.stock(&id, stock.into()).await?;
        Ok(id)
    }

    /// Adds to the stock of a product (takes away when negative).
    ///
    /// # Errors
    ///
    /// When the shop refuses.
    pub async fn stock(&self, product: &str, change: i64) -> Result<Value> {
        let (path, key) = (format!("/api/v1/products/{product}/stock"), Uuid::now_v7().to_string());
        let body = json!({"delta": change, "reason": "received"});
        let headers = [("idempotency-key", key.as_str())];
        let answer =
            self.0.shop.send(Method::POST, &path, Some(&self.0.token), &headers, Some(&body)).await?;
        answer.ok().context("change the stock")
    }
}
