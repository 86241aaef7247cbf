//! Invoices v2: a page with every method on it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    BUSINESS, Xendit,
    answer::{self, Answer, put, time},
    callback,
};
use crate::{
    amount::Amount,
    books::{Act, Customer, Listed, Refusal},
    world::{Desk, World},
};

type Shared = State<Arc<World<Xendit>>>;

const CURRENCIES: [&str; 6] = ["IDR", "USD", "THB", "VND", "PHP", "MYR"];
/// How long an invoice waits when the shop does not say.
const WAITS: Duration = Duration::days(1);

/// An invoice.
#[derive(Debug, Clone)]
pub struct Invoice {
    pub id: String,
    pub external_id: String,
    pub amount: Amount,
    pub currency: String,
    pub status: &'static str,
    /// Fields of the request that come back.
    echo: Value,
    created: OffsetDateTime,
    updated: OffsetDateTime,
    expires_at: OffsetDateTime,
    pub paid: Option<Paid>,
}

/// How it was paid.
#[derive(Debug, Clone)]
pub struct Paid {
    pub payment_id: String,
    pub amount: Amount,
    method: &'static str,
    channel: String,
    at: OffsetDateTime,
}

impl Paid {
    /// Xendit's word for where it came from.
    pub fn channel(&self) -> &str {
        &self.channel
    }
}

impl Invoice {
    /// As the API shows it.
    fn shown(&self, desk: &Desk) -> Value {
        let bank = |code: &str| json!({"bank_code": code, "collection_type": "POOL", "account_holder_name": "Warung"});
        let mut body = json!({
            "id": self.id, "external_id": self.external_id, "user_id": BUSINESS, "status": self.status,
            "merchant_name": "Warung", "merchant_profile_picture_url": "https://example.com/logo.png",
            "amount": self.amount.number(), "currency": self.currency,
            "expiry_date": time(self.expires_at), "invoice_url": desk.page(&self.id),
            "available_banks": [bank("BCA"), bank("BNI")], "available_retail_outlets": [],
            "available_ewallets": [{"ewallet_type": "OVO"}, {"ewallet_type": "SHOPEEPAY"}],
            "available_qr_codes": [{"qr_code_type": "QRIS"}], "available_direct_debits": [], "available_paylaters": [],
            "should_send_email": false, "created": time(self.created), "updated": time(self.updated),
        });
        for name in [
            "description",
            "payer_email",
            "success_redirect_url",
            "failure_redirect_url",
            "items",
            "metadata",
        ] {
            put(&mut body, name, self.echo.get(name).filter(|value| !value.is_null()).cloned());
        }
        if let Some(paid) = &self.paid {
            body["payment_method"] = paid.method.into();
        }
        body
    }

    fn tell(&self, desk: &Desk) {
        let mut body = json!({
            "id": self.id, "external_id": self.external_id, "user_id": BUSINESS, "is_high": false,
            "status": self.status, "merchant_name": "Warung", "amount": self.amount.number(),
            "created": time(self.created), "updated": time(self.updated), "currency": self.currency,
        });
        put(&mut body, "description", self.echo["description"].as_str());
        if let Some(paid) = &self.paid {
            body["paid_amount"] = paid.amount.number();
            body["paid_at"] = time(paid.at).into();
            body["payment_method"] = paid.method.into();
            body["payment_channel"] = paid.channel.clone().into();
            body["payment_id"] = paid.payment_id.clone().into();
        }
        callback::send(desk, &format!("invoice.{}", self.status.to_lowercase()), &body);
    }

    /// A customer's step.
    pub fn act(&mut self, desk: &Desk, customer: &Customer) -> Result<(), Refusal> {
        match (customer.act, self.status) {
            // The page tells its customer of a refusal and lets another method be tried: the invoice stays.
            (Act::Choose | Act::Deny | Act::Fail, "PENDING") => {}
            // A transfer under way when the time ran out still arrives.
            (Act::Pay, "PENDING" | "EXPIRED") => self.pay(desk, customer),
            (Act::Settle, "PAID") => self.enter(desk, "SETTLED"),
            (Act::Expire, "PENDING") => self.enter(desk, "EXPIRED"),
            _ => return Err(Refusal::State(self.status.to_owned())),
        }
        Ok(())
    }

    fn pay(&mut self, desk: &Desk, customer: &Customer) {
        let channel = customer.method.clone().unwrap_or_else(|| "BCA".to_owned());
        let method = match channel.as_str() {
            "CREDIT_CARD" => "CREDIT_CARD",
            "QRIS" => "QR_CODE",
            "OVO" | "DANA" | "SHOPEEPAY" | "LINKAJA" | "GOPAY" => "EWALLET",
            _ => "BANK_TRANSFER",
        };
        let payment_id = format!("py-{}", desk.ids.uuid());
        let amount = customer.amount.unwrap_or(self.amount);
        self.paid = Some(Paid { payment_id, amount, method, channel, at: desk.clock.now() });
        self.enter(desk, "PAID");
    }

    fn enter(&mut self, desk: &Desk, status: &'static str) {
        self.status = status;
        self.updated = desk.clock.now();
        // A settlement is not told.
        if status != "SETTLED" {
            self.tell(desk);
        }
    }

    /// Ends when its time has come.
    pub fn run_out(&mut self, desk: &Desk, now: OffsetDateTime) {
        if self.status == "PENDING" && self.expires_at <= now {
            self.enter(desk, "EXPIRED");
        }
    }

    /// Whether money that came by its method can go back through Xendit.
    pub fn refundable(&self) -> bool {
        self.paid.as_ref().is_some_and(|paid| matches!(paid.method, "CREDIT_CARD" | "EWALLET"))
    }

    /// For people.
    pub fn listed(&self) -> Listed {
        Listed {
            id: self.id.clone(),
            reference: self.external_id.clone(),
            amount: format!("{} {}", self.currency, self.amount),
            status: self.status.to_owned(),
            method: self.paid.as_ref().map(|paid| paid.channel.clone()),
            open: self.status == "PENDING",
            return_url: self.echo["success_redirect_url"].as_str().map(str::to_owned),
        }
    }
}

pub async fn create(State(world): Shared, body: String) -> Answer {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let amount: Option<Amount> = serde_json::from_value(body["amount"].clone()).ok();
    let amount = amount.filter(|amount| body["amount"].is_number() && amount.0 > 0);
    let (Some(external_id), Some(amount)) =
        (body["external_id"].as_str().filter(|id| !id.is_empty()), amount)
    else {
        return answer::invalid("external_id and a positive amount are required");
    };
    let currency = body["currency"].as_str().unwrap_or("IDR");
    if !CURRENCIES.contains(&currency) || (currency == "IDR" && !amount.is_whole()) {
        return answer::error(400, "UNSUPPORTED_CURRENCY", "The currency or its decimals are not supported");
    }
    let (desk, mut books) = (&world.desk, world.books());
    let now = desk.clock.now();
    let lasts = body["invoice_duration"].as_f64().map_or(WAITS, Duration::seconds_f64);
    let invoice = Invoice {
        id: desk.ids.hex(24),
        external_id: external_id.to_owned(),
        amount,
        currency: currency.to_owned(),
        status: "PENDING",
        created: now,
        updated: now,
        expires_at: now + lasts,
        paid: None,
        echo: body,
    };
    let shown = invoice.shown(desk);
    books.opened.push(invoice.id.clone());
    books.invoices.insert(invoice.id.clone(), invoice);
    answer::ok(shown)
}

pub async fn list(State(world): Shared, Query(query): Query<BTreeMap<String, String>>) -> Response {
    let books = world.books();
    let wanted = query.get("external_id");
    let newest = books.opened.iter().rev().filter_map(|id| books.invoices.get(id));
    let found = newest.filter(|invoice| wanted.is_none_or(|id| *id == invoice.external_id));
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(10);
    let shown: Vec<Value> = found.take(limit).map(|invoice| invoice.shown(&world.desk)).collect();
    answer::ok(Value::Array(shown)).into_response()
}

fn unknown() -> Answer {
    answer::error(404, "INVOICE_NOT_FOUND_ERROR", "Could not find invoice by id")
}

pub async fn show(State(world): Shared, Path(id): Path<String>) -> Answer {
    world.books().invoices.get(&id).map_or_else(unknown, |invoice| answer::ok(invoice.shown(&world.desk)))
}

/// Ends it, unless it has ended; says how it stands.
pub async fn expire(State(world): Shared, Path(id): Path<String>) -> Answer {
    let mut books = world.books();
    let Some(invoice) = books.invoices.get_mut(&id) else { return unknown() };
    if invoice.status == "PENDING" {
        invoice.enter(&world.desk, "EXPIRED");
    }
    answer::ok(invoice.shown(&world.desk))
}
