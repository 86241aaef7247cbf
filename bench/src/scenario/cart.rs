//! Filling carts.

use std::ops::ControlFlow;

use anyhow::Result;
use hyper::Method;
use hyper::header::HeaderValue;
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use warung_contracts::manifest;

use super::{Measured, Pace, measure};
use crate::client::{Answer, Call, Connection};
use crate::load::Worker;
use crate::seed::{Customers, Products};
use crate::tally::Tally;

const CLIENTS: usize = 16;
/// Adds to one cart before it is emptied: carts hold few things.
const CART_MAX: usize = 8;

/// The carts of customers, over one connection.
#[derive(Debug)]
pub struct Carts {
    connection: Connection,
    products: Products,
    random: SmallRng,
}

impl Carts {
    pub fn new(products: &Products, seed: u64) -> Self {
        Self {
            connection: Connection::local(manifest::get("cart").port),
            products: products.clone(),
            random: SmallRng::seed_from_u64(seed),
        }
    }

    /// Empties a customer's cart.
    pub async fn empty(&mut self, token: &HeaderValue) -> Result<Answer> {
        let call = Call { method: Method::DELETE, token: Some(token.clone()), ..Call::get("/api/v1/cart") };
        self.connection.send(&call).await
    }

    /// Puts one of some product into a customer's cart.
    pub async fn add(&mut self, token: &HeaderValue) -> Result<Answer> {
        let product = &self.products[self.random.random_range(0..self.products.len())];
        let body = json!({"product_id": product, "quantity": 1}).to_string();
        let call = Call {
            method: Method::POST,
            token: Some(token.clone()),
            body: body.into(),
            ..Call::get("/api/v1/cart/items")
        };
        self.connection.send(&call).await
    }
}

/// Fills the carts of its own customers, one after the other.
struct Adder {
    carts: Carts,
    customers: Vec<HeaderValue>,
    steps: usize,
}

impl Worker for Adder {
    async fn step(&mut self, tally: &mut Tally) -> ControlFlow<()> {
        let token = self.customers[self.steps / CART_MAX % self.customers.len()].clone();
        if self.steps.is_multiple_of(CART_MAX) {
            tally.check(&self.carts.empty(&token).await);
        }
        self.steps += 1;
        tally.measure(&self.carts.add(&token).await);
        ControlFlow::Continue(())
    }
}

/// `POST /api/v1/cart/items`; each eighth is preceded by emptying the cart, which is not measured.
///
/// # Errors
///
/// When a worker dies.
pub async fn add(customers: &Customers, products: &Products, pace: Pace) -> Result<Measured> {
    let clients = CLIENTS.min(customers.len());
    let adder = |n: usize| Adder {
        carts: Carts::new(products, n as u64),
        customers: customers.iter().skip(n).step_by(clients).cloned().collect(),
        steps: 0,
    };
    measure("cart add", (0..clients).map(adder).collect(), pace).await
}
