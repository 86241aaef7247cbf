//! Payments of v3: what came of a request.

use std::sync::Arc;

use axum::extract::{Path, State};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    BUSINESS, Xendit,
    answer::{self, Answer, put, time},
    callback,
    requests::Request,
};
use crate::{
    amount::Amount,
    world::{Desk, World},
};

type Shared = State<Arc<World<Xendit>>>;

/// How long what is authorised stays so.
const AUTHORIZED_FOR: Duration = Duration::days(7);

/// A payment.
#[derive(Debug, Clone)]
pub struct Payment {
    pub id: String,
    pub request_id: String,
    reference_id: String,
    currency: String,
    country: String,
    pub channel: String,
    manual: bool,
    /// What was asked for, or paid where that differs.
    amount: Amount,
    pub captured: Option<(String, Amount, OffsetDateTime)>,
    pub status: &'static str,
    failure: Option<String>,
    created: OffsetDateTime,
    updated: OffsetDateTime,
}

impl Payment {
    /// The payment of a request whose customer has acted.
    pub fn made(desk: &Desk, request: &Request, amount: Amount) -> Self {
        let now = desk.clock.now();
        let status = match request.status {
            "FAILED" => "FAILED",
            "AUTHORIZED" => "AUTHORIZED",
            _ => "SUCCEEDED",
        };
        Self {
            id: format!("py-{}", desk.ids.uuid()),
            request_id: request.id.clone(),
            reference_id: request.reference_id.clone(),
            currency: request.currency.clone(),
            country: request.country.clone(),
            channel: request.channel.clone(),
            manual: request.manual,
            amount,
            captured: (status == "SUCCEEDED").then(|| (capture_id(desk), amount, now)),
            status,
            failure: request.failure.clone(),
            created: now,
            updated: now,
        }
    }

    fn shown(&self) -> Value {
        let mut body = json!({
            "payment_id": self.id, "business_id": BUSINESS, "reference_id": self.reference_id,
            "payment_request_id": self.request_id, "type": "PAY", "country": self.country, "currency": self.currency,
            "request_amount": self.amount.number(), "capture_method": if self.manual { "MANUAL" } else { "AUTOMATIC" },
            "channel_code": self.channel, "status": self.status,
            "created": time(self.created), "updated": time(self.updated),
        });
        put(&mut body, "failure_code", self.failure.clone());
        if let Some((id, amount, at)) = &self.captured {
            body["captures"] = json!([{"capture_id": id, "capture_amount": amount.number(), "capture_timestamp": time(*at)}]);
        }
        body
    }

    /// Tells the shop how it stands.
    pub fn tell(&self, desk: &Desk) {
        let event = match self.status {
            "AUTHORIZED" => "payment.authorization",
            "FAILED" => "payment.failure",
            "EXPIRED" => "payment.expiry",
            _ => "payment.capture",
        };
        callback::event(desk, event, self.shown());
    }

    /// Nobody captured it in time.
    pub fn lapse(&mut self, desk: &Desk) {
        self.enter(desk, "EXPIRED");
        self.tell(desk);
    }

    fn enter(&mut self, desk: &Desk, status: &'static str) {
        self.status = status;
        self.updated = desk.clock.now();
    }
}

fn capture_id(desk: &Desk) -> String {
    format!("cptr-{}", desk.ids.uuid())
}

impl Xendit {
    /// Ends authorisations that nobody captured.
    pub(super) fn lapse(&mut self, desk: &Desk) {
        let until = desk.clock.now() - AUTHORIZED_FOR;
        let old = |payment: &&mut Payment| payment.status == "AUTHORIZED" && payment.created <= until;
        self.payments.values_mut().filter(old).for_each(|payment| payment.lapse(desk));
    }
}

pub async fn show(State(world): Shared, Path(id): Path<String>) -> Answer {
    world.books().payments.get(&id).map_or_else(answer::not_found, |payment| answer::ok(payment.shown()))
}

fn ineligible(payment: &Payment) -> Answer {
    answer::error(400, "INELIGIBLE_TRANSACTION_STATUS", &format!("the payment is {}", payment.status))
}

pub async fn capture(State(world): Shared, Path(id): Path<String>, body: String) -> Answer {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let mut books = world.books();
    let Some(payment) = books.payments.get_mut(&id) else { return answer::not_found() };
    let asked: Result<Amount, _> = serde_json::from_value(body["capture_amount"].clone());
    let Ok(amount) = asked else { return answer::invalid("capture_amount must be a number") };
    if payment.status != "AUTHORIZED" {
        return ineligible(payment);
    }
    if amount > payment.amount || amount.0 <= 0 {
        return answer::error(400, "CAPTURE_AMOUNT_EXCEEDED", "capture_amount is more than was authorised");
    }
    payment.captured = Some((capture_id(&world.desk), amount, world.desk.clock.now()));
    payment.enter(&world.desk, "SUCCEEDED");
    payment.tell(&world.desk);
    answer::ok(payment.shown())
}

pub async fn cancel(State(world): Shared, Path(id): Path<String>) -> Answer {
    let mut books = world.books();
    let Some(payment) = books.payments.get_mut(&id) else { return answer::not_found() };
    if payment.status != "AUTHORIZED" {
        return ineligible(payment);
    }
    payment.enter(&world.desk, "CANCELED");
    answer::ok(payment.shown())
}
