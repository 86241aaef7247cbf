//! Xendit: Invoices v2, Payments API v3 (`api-version: 2024-11-11`) and refunds, as <https://docs.xendit.co> and its
//! official clients describe them.
//!
//! ```text
//!  POST /v2/invoices/ ───────────> invoice, paid on its page ──────────> callback of the invoice
//!  POST /v3/payment_requests ────> request ── customer acts ──> payment ─> payment.capture | .authorization | .failure
//!                                            POST /v3/payments/{id}/{capture,cancel}
//!  POST /refunds ────────────────> refund: at once for cards, after a while for wallets ──> refund.succeeded | .failed
//! ```

mod answer;
mod callback;
mod invoices;
mod payments;
mod refunds;
mod requests;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router, middleware,
    routing::{get, post},
};
use time::Duration;

pub use self::requests::FRICTIONLESS;
use self::{invoices::Invoice, payments::Payment, refunds::Refund, requests::Request};
use crate::{
    books::{Act, Company, Customer, Listed, Refusal},
    world::{Desk, World},
};

/// The secret key.
pub const SECRET_KEY: &str = "xnd_development_simulator";
/// What callbacks carry in `x-callback-token`.
pub const CALLBACK_TOKEN: &str = "xnd-callback-simulator";
const BUSINESS: &str = "6094fa76c2fd53701b8e079c";

/// The company.
#[derive(Debug, Default)]
pub struct Xendit {
    invoices: BTreeMap<String, Invoice>,
    requests: BTreeMap<String, Request>,
    payments: BTreeMap<String, Payment>,
    refunds: Vec<Refund>,
    /// Ids of invoices and requests, oldest first.
    opened: Vec<String>,
}

impl Company for Xendit {
    const NAME: &'static str = "xendit";

    fn open(_: &Desk) -> Self {
        Self::default()
    }

    fn routes() -> Router<Arc<World<Self>>> {
        Router::new()
            // The official clients write the slash, and ask without it.
            .route("/v2/invoices/", post(invoices::create))
            .route("/v2/invoices", post(invoices::create).get(invoices::list))
            .route("/v2/invoices/{id}", get(invoices::show))
            .route("/invoices/{id}/expire!", post(invoices::expire))
            .route("/v3/payment_requests", post(requests::create))
            .route("/v3/payment_requests/{id}", get(requests::show))
            .route("/v3/payment_requests/{id}/cancel", post(requests::cancel))
            .route("/v3/payment_requests/{id}/simulate", post(requests::simulate))
            .route("/v3/payments/{id}", get(payments::show))
            .route("/v3/payments/{id}/capture", post(payments::capture))
            .route("/v3/payments/{id}/cancel", post(payments::cancel))
            .route("/refunds", post(refunds::create).get(refunds::list))
            .route("/refunds/", get(refunds::list))
            .route("/refunds/{id}", get(refunds::show))
            .route_layer(middleware::from_fn(answer::check))
    }

    fn payments(&self) -> Vec<Listed> {
        let listed = |id: &String| {
            let invoice = self.invoices.get(id).map(Invoice::listed);
            invoice.or_else(|| self.requests.get(id).map(Request::listed))
        };
        self.opened.iter().rev().filter_map(listed).collect()
    }

    fn act(&mut self, desk: &Desk, id: &str, customer: &Customer) -> Result<(), Refusal> {
        let id = self.meant(id);
        if matches!(customer.act, Act::Settle | Act::Fail)
            && self.end_refunds(desk, &id, customer.act == Act::Settle)
        {
            return Ok(());
        }
        if let Some(invoice) = self.invoices.get_mut(&id) {
            return invoice.act(desk, customer);
        }
        let request = self.requests.get_mut(&id).ok_or(Refusal::Unknown(id))?;
        request.act(desk, &mut self.payments, customer)
    }

    fn tick(&mut self, desk: &Desk) {
        let now = desk.clock.now();
        self.invoices.values_mut().for_each(|invoice| invoice.run_out(desk, now));
        self.requests.values_mut().for_each(|request| request.run_out(desk, now));
        self.lapse(desk);
        self.end_waiting_refunds(desk);
    }

    /// Six tries more, with growing gaps.
    fn again_after(tries: usize, _: Option<u16>) -> Option<Duration> {
        const GAPS: [i64; 6] = [15, 45, 120, 360, 720, 1440];
        GAPS.get(tries.checked_sub(1)?).map(|minutes| Duration::minutes(*minutes))
    }
}

impl Xendit {
    /// The invoice or request that is meant: by its own id, or the latest of the shop's.
    fn meant(&self, id: &str) -> String {
        let of_shop = |own: &&String| {
            let invoice = self.invoices.get(*own).is_some_and(|invoice| invoice.external_id == id);
            invoice || self.requests.get(*own).is_some_and(|request| request.reference_id == id)
        };
        self.opened.iter().rev().find(of_shop).cloned().unwrap_or_else(|| id.to_owned())
    }
}
