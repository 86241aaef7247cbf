//! Checking out carts that are full already.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, ensure};
use hyper::Method;
use hyper::body::Bytes;
use hyper::header::HeaderValue;
use serde_json::json;
use uuid::Uuid;
use warung_contracts::manifest;

use super::cart::Carts;
use super::{Measured, Pace};
use crate::client::{Answer, Call, Connection};
use crate::load::{self, Round, Worker};
use crate::seed::{Customers, Products};
use crate::tally::Tally;
use crate::{calm, cpu};

pub const CLIENTS: usize = 16;
/// Things in each cart.
const LINES: usize = 2;
/// A round ends when every cart is checked out, or then.
const ROUND_MAX: Duration = Duration::from_secs(60);

/// Customers that wait for their turn; one is with one worker at a time, so that carts are never shared.
#[derive(Debug, Clone, Default)]
pub struct Queue(Arc<Mutex<VecDeque<HeaderValue>>>);

impl Queue {
    pub fn of(customers: &Customers) -> Self {
        Self(Arc::new(Mutex::new(customers.iter().cloned().collect())))
    }

    pub fn take(&self) -> Option<HeaderValue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    pub fn put(&self, token: HeaderValue) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(token);
    }
}

/// A connection to order.
#[derive(Debug)]
pub struct Till {
    connection: Connection,
    body: Bytes,
}

impl Till {
    pub fn new() -> Self {
        let payment = json!({"provider": "sandbox", "token": "tok_success"});
        let body = json!({"payment": payment, "shipping_address": warung_e2e::address()});
        Self { connection: Connection::local(manifest::get("order").port), body: body.to_string().into() }
    }

    /// Checks a customer's cart out under a new key.
    pub async fn check_out(&mut self, token: &HeaderValue) -> Result<Answer> {
        let call = Call {
            method: Method::POST,
            token: Some(token.clone()),
            key: Some(Uuid::now_v7().to_string()),
            body: self.body.clone(),
            ..Call::get("/api/v1/checkout")
        };
        self.connection.send(&call).await
    }
}

struct Filler {
    carts: Carts,
    queue: Queue,
}

impl Worker for Filler {
    async fn step(&mut self, tally: &mut Tally) -> ControlFlow<()> {
        let Some(token) = self.queue.take() else { return ControlFlow::Break(()) };
        tally.check(&self.carts.empty(&token).await);
        for _ in 0..LINES {
            tally.check(&self.carts.add(&token).await);
        }
        ControlFlow::Continue(())
    }
}

struct Payer {
    till: Till,
    queue: Queue,
}

impl Worker for Payer {
    async fn step(&mut self, tally: &mut Tally) -> ControlFlow<()> {
        let Some(token) = self.queue.take() else { return ControlFlow::Break(()) };
        tally.measure(&self.till.check_out(&token).await);
        ControlFlow::Continue(())
    }
}

/// `POST /api/v1/checkout`: in each round every customer checks a cart of two lines out, once. Carts are filled, and
/// the orders of the round before seen through, in between.
///
/// # Errors
///
/// When a worker dies or a cart can't be filled.
pub async fn check_out(customers: &Customers, products: &Products, pace: Pace) -> Result<Measured> {
    let clients = CLIENTS.min(customers.len());
    let (mut rounds, mut usage) = (Vec::new(), cpu::Usage::default());
    for number in 0..=pace.rounds {
        // A confirmed order takes its lines out of the cart: not out of the next round's.
        calm::wait().await?;
        fill(customers, products, clients).await?;
        let queue = Queue::of(customers);
        let payers = (0..clients).map(|_| Payer { till: Till::new(), queue: queue.clone() }).collect();
        let watch = cpu::Watch::start()?;
        let (_, round) = load::round::<Payer>(payers, ROUND_MAX).await?;
        // The first warms up.
        if number > 0 {
            usage = watch.stop()?;
            rounds.push(round);
        }
    }
    calm::wait().await?;
    Ok(Measured::of("checkout", clients, &rounds, usage))
}

async fn fill(customers: &Customers, products: &Products, clients: usize) -> Result<()> {
    let queue = Queue::of(customers);
    let filler = |seed: usize| Filler { carts: Carts::new(products, seed as u64), queue: queue.clone() };
    let (_, Round { tally, .. }) = load::round((0..clients).map(filler).collect(), ROUND_MAX).await?;
    ensure!(tally.failed() == 0, "carts can't be filled: {:?}", tally.errors);
    Ok(())
}
