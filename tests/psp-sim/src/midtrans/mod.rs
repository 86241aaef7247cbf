//! Midtrans: Snap v1 and Core API v2, as <https://docs.midtrans.com> describes them.
//!
//! ```text
//!  Snap  POST /snap/v1/transactions ──> token ──> the customer picks a method on the page ─┐
//!  Core  POST /v2/charge ─────────────────────────────────────────────────────────────────┴─> transaction
//!        GET /v2/{id}/status · POST /v2/{id}/{approve,deny,cancel,expire,refund} · POST /v2/capture
//! ```
//!
//! A card's token says what becomes of it: `481111-1114-…` is accepted, `491111-1113-…` refused, `511111-1118-…`
//! looked at. With `authentication` its customer is sent to a page first.

mod answer;
mod charge;
mod core;
mod idempotency;
mod request;
mod snap;
mod transaction;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router, middleware,
    routing::{get, post},
};
use time::Duration;

use self::{
    idempotency::Kept,
    snap::Session,
    transaction::{Status, Transaction},
};
use crate::{
    books::{Act, Company, Customer, Listed, Refusal},
    world::{Desk, World},
};

/// The server key: it opens the API and signs notifications.
pub const SERVER_KEY: &str = "SB-Mid-server-simulator";
const MERCHANT: &str = "G000000000";

/// The company.
#[derive(Debug, Default)]
pub struct Midtrans {
    /// By id, which is in the order of their opening only by accident.
    transactions: BTreeMap<String, Transaction>,
    /// Ids of transactions, oldest first.
    opened: Vec<String>,
    /// The latest transaction of each order.
    by_order: BTreeMap<String, String>,
    /// Snap sessions by token.
    sessions: BTreeMap<String, Session>,
    kept: Kept,
}

impl Company for Midtrans {
    const NAME: &'static str = "midtrans";

    fn open(_: &Desk) -> Self {
        Self::default()
    }

    fn routes() -> Router<Arc<World<Self>>> {
        Router::new()
            .route("/v2/charge", post(core::charge))
            .route("/v2/capture", post(core::capture))
            .route("/v2/{id}/status", get(core::status))
            .route("/v2/{id}/refund/online/direct", post(core::refund))
            .route("/v2/{id}/refund", post(core::refund))
            .route("/v2/{id}/{action}", post(core::act))
            .route_layer(middleware::from_fn_with_state((), request::core_key))
            .route("/snap/v1/transactions", post(snap::create))
            .route("/snap/v1/transactions/{token}/cancel", post(snap::cancel))
    }

    fn payments(&self) -> Vec<Listed> {
        let waiting = self.sessions.values().filter(|session| self.of_order(&session.order_id).is_none());
        let transactions = self.opened.iter().rev().filter_map(|id| self.transactions.get(id));
        waiting.map(Session::listed).chain(transactions.map(Transaction::listed)).collect()
    }

    fn act(&mut self, desk: &Desk, id: &str, customer: &Customer) -> Result<(), Refusal> {
        let id = self.chosen(desk, id, customer)?;
        let Some(transaction) = self.transactions.get_mut(&id) else { return Err(Refusal::Unknown(id)) };
        if customer.act == Act::Choose {
            return Ok(());
        }
        transaction.act(desk, customer)
    }

    fn tick(&mut self, desk: &Desk) {
        let now = desk.clock.now();
        for transaction in self.transactions.values_mut() {
            if transaction.status == Status::Pending && transaction.expires_at.is_some_and(|at| at <= now) {
                transaction.enter(desk, Status::Expire);
            }
        }
    }

    /// Five tries more, one after 500, four after 503, two after 400 and 404, none after a redirection; after 2, 10,
    /// 30, 90 and 210 minutes.
    fn again_after(tries: usize, answered: Option<u16>) -> Option<Duration> {
        const GAPS: [i64; 5] = [2, 10, 30, 90, 210];
        let again = match answered {
            Some(500) => 1,
            Some(503) => 4,
            Some(400 | 404) => 2,
            Some(307 | 308) => 5,
            Some(300..=399) => 0,
            _ => 5,
        };
        GAPS.iter().take(again).nth(tries.checked_sub(1)?).map(|minutes| Duration::minutes(*minutes))
    }
}

impl Midtrans {
    /// A transaction by its own id or its order's.
    fn find(&mut self, id: &str) -> Option<&mut Transaction> {
        let id = self.by_order.get(id).cloned().unwrap_or_else(|| id.to_owned());
        self.transactions.get_mut(&id)
    }

    fn of_order(&self, order_id: &str) -> Option<&Transaction> {
        self.transactions.get(self.by_order.get(order_id)?)
    }

    fn keep(&mut self, transaction: Transaction) -> &Transaction {
        let id = transaction.id.clone();
        self.opened.push(id.clone());
        self.by_order.insert(transaction.order_id.clone(), id.clone());
        self.transactions.entry(id).or_insert(transaction)
    }

    /// The transaction of which a customer speaks: by its id, its order's, or the token of a Snap session, where a
    /// method is chosen first.
    fn chosen(&mut self, desk: &Desk, id: &str, customer: &Customer) -> Result<String, Refusal> {
        let by_order = |session: &&Session| session.token == id || session.order_id == id;
        let session = self.sessions.values().find(by_order).cloned();
        let Some(session) = session else {
            return Ok(self.by_order.get(id).cloned().unwrap_or_else(|| id.to_owned()));
        };
        if let Some(transaction) = self.of_order(&session.order_id)
            && (!transaction.is_refused() || customer.act == Act::Chargeback)
        {
            return Ok(transaction.id.clone());
        }
        let transaction = session.choose(desk, customer.method.as_deref())?;
        Ok(self.keep(transaction).id.clone())
    }
}
