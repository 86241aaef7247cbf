//! One purchase, from an empty cart to an answer that stays: the customer's app keeps its idempotency key.

use anyhow::{Context as _, Result};
use reqwest::Method;
use serde_json::{Value, json};
use warung_e2e::{Answer, Shop, address, until};

use super::{
    basket::Basket,
    caller::{Caller, PATIENCE},
};

/// Who buys.
#[derive(Debug, Clone)]
pub struct Buyer {
    /// An account that also shows the token of a guest's cart fills that, and merges it into its own.
    pub caller: Caller,
    /// Whom to tell, where no account says it.
    pub contact: Option<Value>,
}

/// An order that was placed.
#[derive(Debug, Clone)]
pub struct Placed {
    pub order: String,
    /// What its guest shows to see it.
    pub token: Option<String>,
}

/// Why the shop will not do it, however often it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    SoldOut,
    Coupon,
    /// What was put in came late, and the way to send it was quoted for another cart.
    Quote,
}

fn refusal(answer: &Answer) -> Option<Refusal> {
    let kind = answer.body["type"].as_str().unwrap_or_default();
    match answer.status.as_u16() {
        409 | 422 if kind.contains("stock") => Some(Refusal::SoldOut),
        422 if kind.ends_with("coupon-refused") => Some(Refusal::Coupon),
        422 if kind.contains("shipping-quote") => Some(Refusal::Quote),
        _ => None,
    }
}

/// The token of a new cart of a guest, with one item in it.
pub async fn open_cart(shop: &Shop, product: &str) -> Result<String> {
    let guest = Caller::guest(shop);
    until("a guest's cart", PATIENCE, || async {
        let answer = put_in(&guest, product, 1).await?;
        let token = answer.headers.get("x-cart-token").and_then(|token| token.to_str().ok());
        Ok(Some(token.context("a guest's cart has a token")?.to_owned()))
    })
    .await
}

async fn put_in(whose: &Caller, product: &str, quantity: u32) -> Result<Answer> {
    let body = json!({ "product_id": product, "quantity": quantity });
    let answer = whose.send(Method::POST, "/api/v1/cart/items", Some(&body)).await?;
    answer.clone().ok().context("add to the cart")?;
    Ok(answer)
}

impl Buyer {
    /// Buys a basket; what the shop refuses for good is told.
    pub async fn buy(&self, basket: &Basket, key: &str) -> Result<Result<Placed, Refusal>> {
        let mut body = basket.terms(&address());
        if basket.choosy {
            match self.way_to_send(basket, &body).await? {
                Ok(way) => body["shipping_quote"] = way.into(),
                Err(refusal) => return Ok(Err(refusal)),
            }
        }
        body["payment"] = json!({ "provider": "sandbox", "token": basket.payment });
        if let Some(contact) = &self.contact {
            body["contact"] = contact.clone();
        }
        until("an answer to a checkout", PATIENCE, || async {
            self.fill_cart(basket).await?;
            let answer = self.caller.post("/api/v1/checkout", key, &body).await?;
            if let Some(refusal) = refusal(&answer) {
                return Ok(Some(Err(refusal)));
            }
            let body = answer.ok()?;
            let text = |field: &str| body[field].as_str().map(str::to_owned);
            let order = text("id").context("an order has an id")?;
            Ok(Some(Ok(Placed { order, token: text("access_token") })))
        })
        .await
    }

    /// The dearest way to send it, as a quote offers it.
    async fn way_to_send(&self, basket: &Basket, terms: &Value) -> Result<Result<String, Refusal>> {
        until("a quote", PATIENCE, || async {
            self.fill_cart(basket).await?;
            let answer = self.caller.send(Method::POST, "/api/v1/checkout/quote", Some(terms)).await?;
            if let Some(refusal) = refusal(&answer) {
                return Ok(Some(Err(refusal)));
            }
            let quote = answer.ok()?;
            let dearest = quote["shipping_options"].as_array().and_then(|ways| ways.last());
            let token = dearest.and_then(|way| way["token"].as_str());
            Ok(Some(Ok(token.context("there is a way to send it")?.to_owned())))
        })
        .await
    }

    /// Puts the basket, and nothing else, into the cart that is checked out.
    async fn fill_cart(&self, Basket { lines, .. }: &Basket) -> Result<()> {
        let guest = self.caller.cart.is_some().then(|| self.caller.without_account());
        for whose in [Some(&self.caller), guest.as_ref()].into_iter().flatten() {
            whose.send(Method::DELETE, "/api/v1/cart", None).await?.ok()?;
        }
        for (product, quantity) in lines {
            put_in(guest.as_ref().unwrap_or(&self.caller), product, *quantity).await?;
        }
        if guest.is_some() && self.contact.is_none() {
            self.caller.send(Method::POST, "/api/v1/cart/merge", None).await?.ok()?;
        }
        Ok(())
    }
}
