//! PayPal: OAuth, Orders v2, Payments v2 and Webhooks v1, as <https://developer.paypal.com> describes them. An order has
//! one purchase unit here.
//!
//! ```text
//!  POST /v2/checkout/orders ──> the buyer approves on a page ──> POST …/capture ───────────────────┐
//!                                                            └─> POST …/authorize ──> POST …/capture ┴─> refunds
//! ```
//!
//! What becomes of a capture is decided by the customer's step before it: `fail` lets it be declined, `challenge` lets it
//! wait for a review that `settle` or `deny` ends.

mod answer;
mod captures;
mod disputes;
mod errors;
mod keys;
mod money;
mod oauth;
mod orders;
mod render;
mod tell;
mod verify;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router, middleware,
    routing::{get, post},
};
use time::{Duration, OffsetDateTime};

pub use self::tell::WEBHOOK_ID;
use self::{
    captures::{Authorization, Capture, Refund},
    disputes::Dispute,
    orders::Order,
    tell::{Registered, Sent},
};
use crate::{
    books::{Company, Customer, Listed, Refusal},
    world::{Desk, World},
};

/// The app's id and secret.
pub const CLIENT_ID: &str = "warung-simulator";
pub const CLIENT_SECRET: &str = "EMu1ator-secret-of-no-value";

/// The company.
#[derive(Debug, Default)]
pub struct PayPal {
    orders: BTreeMap<String, Order>,
    authorizations: BTreeMap<String, Authorization>,
    captures: BTreeMap<String, Capture>,
    refunds: BTreeMap<String, Refund>,
    disputes: BTreeMap<String, Dispute>,
    /// Ids of orders, oldest first.
    opened: Vec<String>,
    /// Access tokens and when they end.
    tokens: BTreeMap<String, OffsetDateTime>,
    /// What was made by a `PayPal-Request-Id`: its id, and until when that is remembered.
    made: BTreeMap<(String, String), (String, OffsetDateTime)>,
    registered: Vec<Registered>,
    /// Webhooks sent, by transmission id.
    sent: BTreeMap<String, Sent>,
}

impl Company for PayPal {
    const NAME: &'static str = "paypal";

    fn open(desk: &Desk) -> Self {
        let own =
            desk.webhook_url.clone().map(|url| Registered { id: WEBHOOK_ID.to_owned(), url: Some(url) });
        let own = own.unwrap_or(Registered { id: WEBHOOK_ID.to_owned(), url: None });
        Self { registered: vec![own], ..Self::default() }
    }

    fn routes() -> Router<Arc<World<Self>>> {
        Router::new()
            .route("/v2/checkout/orders", post(orders::create))
            .route("/v2/checkout/orders/{id}", get(orders::show))
            .route("/v2/checkout/orders/{id}/capture", post(orders::capture))
            .route("/v2/checkout/orders/{id}/authorize", post(orders::authorize))
            .route("/v2/payments/authorizations/{id}", get(captures::show_authorization))
            .route("/v2/payments/authorizations/{id}/capture", post(captures::capture))
            .route("/v2/payments/authorizations/{id}/void", post(captures::void))
            .route("/v2/payments/captures/{id}", get(captures::show_capture))
            .route("/v2/payments/captures/{id}/refund", post(captures::refund))
            .route("/v2/payments/refunds/{id}", get(captures::show_refund))
            .route("/v1/customer/disputes", get(disputes::list))
            .route("/v1/customer/disputes/{id}", get(disputes::show))
            .route("/v1/notifications/webhooks", get(tell::list).post(tell::register))
            .route("/v1/notifications/verify-webhook-signature", post(verify::online))
            .route("/v1/notifications/certs/{id}", get(verify::certificate))
            .route("/v1/oauth2/token", post(oauth::token))
            .layer(middleware::from_fn(answer::debug_id))
    }

    fn payments(&self) -> Vec<Listed> {
        self.opened.iter().rev().filter_map(|id| self.orders.get(id)).map(Order::listed).collect()
    }

    fn act(&mut self, desk: &Desk, id: &str, customer: &Customer) -> Result<(), Refusal> {
        let of_shop = |own: &&String| self.orders.get(*own).is_some_and(|order| order.is_of(id));
        let id = self.opened.iter().rev().find(of_shop).cloned().unwrap_or_else(|| id.to_owned());
        self.step(desk, &id, customer)
    }

    fn tick(&mut self, desk: &Desk) {
        self.run_out(desk);
    }

    /// Up to 25 tries over three days.
    fn again_after(tries: usize, _: Option<u16>) -> Option<Duration> {
        (tries < 25).then(|| Duration::minutes(i64::try_from(tries * tries).unwrap_or(360).min(360)))
    }
}
