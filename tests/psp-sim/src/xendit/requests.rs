//! Payment requests of v3.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    BUSINESS, Xendit,
    answer::{self, Answer, put, time},
    callback,
    payments::Payment,
};
use crate::{
    amount::Amount,
    books::{Act, Customer, Listed, Refusal},
    world::{Desk, World},
};

type Shared = State<Arc<World<Xendit>>>;

/// A card whose bank asks its customer nothing: it is taken as the request is made.
pub const FRICTIONLESS: &str = "tok_frictionless";
/// How long a request waits when the shop does not say.
const WAITS: Duration = Duration::days(1);

/// A payment request.
#[derive(Debug, Clone)]
pub struct Request {
    pub id: String,
    pub reference_id: String,
    pub amount: Amount,
    pub currency: String,
    pub country: String,
    pub channel: String,
    pub manual: bool,
    pub status: &'static str,
    pub failure: Option<String>,
    pub latest: Option<String>,
    /// Fields of the request that come back.
    echo: Value,
    actions: Value,
    created: OffsetDateTime,
    updated: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl Request {
    fn shown(&self) -> Value {
        let mut body = json!({
            "business_id": BUSINESS, "reference_id": self.reference_id, "payment_request_id": self.id, "type": "PAY",
            "country": self.country, "currency": self.currency, "request_amount": self.amount.number(),
            "capture_method": if self.manual { "MANUAL" } else { "AUTOMATIC" }, "channel_code": self.channel,
            "channel_properties": self.echo["channel_properties"], "actions": self.actions, "status": self.status,
            "created": time(self.created), "updated": time(self.updated),
        });
        put(&mut body, "latest_payment_id", self.latest.clone());
        put(&mut body, "failure_code", self.failure.clone());
        for name in ["description", "metadata", "items"] {
            put(&mut body, name, self.echo.get(name).filter(|value| !value.is_null()).cloned());
        }
        body
    }

    /// A customer's step.
    pub fn act(
        &mut self,
        desk: &Desk,
        payments: &mut BTreeMap<String, Payment>,
        customer: &Customer,
    ) -> Result<(), Refusal> {
        match (customer.act, self.status) {
            (Act::Choose, "REQUIRES_ACTION") => return Ok(()),
            (Act::Pay, "REQUIRES_ACTION") => {
                self.status = if self.manual { "AUTHORIZED" } else { "SUCCEEDED" };
            }
            // The documented race: a payment under way when the time ran out; the request stays EXPIRED.
            (Act::Pay, "EXPIRED") => {}
            (Act::Deny, "REQUIRES_ACTION") => self.fail("DECLINED_BY_ISSUER", customer),
            (Act::Fail, "REQUIRES_ACTION") => self.fail("CHANNEL_UNAVAILABLE", customer),
            (Act::Expire, "REQUIRES_ACTION") => {
                self.expire(desk);
                return Ok(());
            }
            // An authorisation lapses.
            (Act::Expire, "AUTHORIZED") => {
                let payment = self.latest.as_ref().and_then(|id| payments.get_mut(id));
                return payment
                    .map(|payment| payment.lapse(desk))
                    .ok_or(Refusal::State(self.status.to_owned()));
            }
            _ => return Err(Refusal::State(self.status.to_owned())),
        }
        self.updated = desk.clock.now();
        let payment = Payment::made(desk, self, customer.amount.unwrap_or(self.amount));
        self.latest = Some(payment.id.clone());
        payment.tell(desk);
        payments.insert(payment.id.clone(), payment);
        Ok(())
    }

    fn fail(&mut self, reason: &str, customer: &Customer) {
        self.status = "FAILED";
        self.failure = Some(customer.reason.clone().unwrap_or_else(|| reason.to_owned()));
    }

    fn expire(&mut self, desk: &Desk) {
        self.status = "EXPIRED";
        self.updated = desk.clock.now();
        callback::event(desk, "payment_request.expiry", self.shown());
    }

    /// Ends when its time has come.
    pub fn run_out(&mut self, desk: &Desk, now: OffsetDateTime) {
        if self.status == "REQUIRES_ACTION" && self.expires_at <= now {
            self.expire(desk);
        }
    }

    /// For people.
    pub fn listed(&self) -> Listed {
        let properties = &self.echo["channel_properties"];
        let back = ["success_return_url", "return_url"].iter().find_map(|name| properties[*name].as_str());
        Listed {
            id: self.id.clone(),
            reference: self.reference_id.clone(),
            amount: format!("{} {}", self.currency, self.amount),
            status: self.status.to_owned(),
            method: Some(self.channel.clone()),
            open: self.status == "REQUIRES_ACTION",
            return_url: back.map(str::to_owned),
        }
    }
}

/// What the customer has to do on this channel.
fn actions(desk: &Desk, id: &str, channel: &str) -> Value {
    let present = |descriptor: &str, value: String| json!([{"type": "PRESENT_TO_CUSTOMER", "descriptor": descriptor, "value": value}]);
    match channel {
        "QRIS" => {
            let content =
                format!("00020101021226570011ID.XENDIT.WWW{}6304{}", desk.ids.digits(15), desk.ids.code(4));
            present("QR_STRING", content)
        }
        "ALFAMART" | "INDOMARET" => present("PAYMENT_CODE", desk.ids.digits(12)),
        bank if bank.ends_with("_VIRTUAL_ACCOUNT") => present("VIRTUAL_ACCOUNT_NUMBER", desk.ids.digits(16)),
        _ => json!([{"type": "REDIRECT_CUSTOMER", "descriptor": "WEB_URL", "value": desk.page(id)}]),
    }
}

pub async fn create(State(world): Shared, body: String) -> Answer {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let text = |name: &str| body[name].as_str().filter(|text| !text.is_empty());
    let amount = serde_json::from_value(body["request_amount"].clone()).ok();
    let amount = amount.filter(|amount: &Amount| body["request_amount"].is_number() && amount.0 > 0);
    let (Some(reference_id), Some("PAY"), Some(country), Some(currency), Some(channel), Some(amount), true) = (
        text("reference_id"),
        text("type"),
        text("country"),
        text("currency"),
        text("channel_code"),
        amount,
        body["channel_properties"].is_object(),
    ) else {
        return answer::invalid("a required field is missing or of another type");
    };
    if matches!(currency, "IDR" | "VND" | "JPY") && !amount.is_whole() {
        return answer::error(
            400,
            "INVALID_VALUE_ERROR",
            "request_amount has decimals that the currency has not",
        );
    }
    let (desk, mut books) = (&world.desk, world.books());
    if books.requests.values().any(|request| request.reference_id == reference_id) {
        // Their own list of error codes names it so.
        return answer::error(409, "DATA_NOT_FOUND", "reference_id was used before");
    }
    let (id, now) = (format!("pr-{}", desk.ids.uuid()), desk.clock.now());
    let until = body["channel_properties"]["expires_at"].as_str();
    let until = until.and_then(|until| OffsetDateTime::parse(until, &Rfc3339).ok());
    let mut request = Request {
        reference_id: reference_id.to_owned(),
        amount,
        currency: currency.to_owned(),
        country: country.to_owned(),
        channel: channel.to_owned(),
        manual: text("capture_method") == Some("MANUAL"),
        status: "REQUIRES_ACTION",
        failure: None,
        latest: None,
        actions: actions(desk, &id, channel),
        created: now,
        updated: now,
        expires_at: until.unwrap_or(now + WAITS),
        echo: body,
        id,
    };
    if request.echo["channel_properties"]["card_token_id"] == FRICTIONLESS
        && request.act(desk, &mut books.payments, &Customer::does(Act::Pay)).is_err()
    {
        return answer::error(500, "SERVER_ERROR", "the card can't be taken");
    }
    let shown = request.shown();
    books.opened.push(request.id.clone());
    books.requests.insert(request.id.clone(), request);
    (StatusCode::CREATED, Json(shown))
}

pub async fn show(State(world): Shared, Path(id): Path<String>) -> Answer {
    world.books().requests.get(&id).map_or_else(answer::not_found, |request| answer::ok(request.shown()))
}

pub async fn cancel(State(world): Shared, Path(id): Path<String>) -> Answer {
    let mut books = world.books();
    let Some(request) = books.requests.get_mut(&id) else { return answer::not_found() };
    if request.status != "REQUIRES_ACTION" {
        let message = format!("the payment request is {}", request.status);
        return answer::error(400, "INACTIVE_PAYMENT_REQUEST", &message);
    }
    request.status = "CANCELED";
    request.updated = world.desk.clock.now();
    answer::ok(request.shown())
}

/// Test mode: pays; the result comes by webhook.
pub async fn simulate(State(world): Shared, Path(id): Path<String>, body: String) -> Answer {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let amount = serde_json::from_value(body["amount"].clone()).ok();
    match world.act(&id, &Customer { amount, ..Customer::does(Act::Pay) }) {
        Ok(()) => {
            answer::ok(json!({"status": "PENDING", "message": "A simulated payment is being processed"}))
        }
        Err(_) => answer::error(500, "SERVER_ERROR", "the payment can't be simulated"),
    }
}
