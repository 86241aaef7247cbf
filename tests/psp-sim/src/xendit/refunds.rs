//! Refunds, of payment requests and of invoices.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    extract::{Path, Query, State},
    http::HeaderMap,
};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use super::{
    Xendit,
    answer::{self, Answer, put, time},
    callback,
};
use crate::{
    amount::Amount,
    world::{Desk, World},
};

type Shared = State<Arc<World<Xendit>>>;

/// How long a wallet takes to give money back here.
const WALLETS_TAKE: Duration = Duration::seconds(5);
const REASONS: [&str; 5] = ["FRAUDULENT", "DUPLICATE", "REQUESTED_BY_CUSTOMER", "CANCELLATION", "OTHERS"];

/// A refund.
#[derive(Debug, Clone)]
pub struct Refund {
    id: String,
    /// The payment request or the invoice.
    of: String,
    payment_id: String,
    channel: String,
    currency: String,
    amount: Amount,
    reference_id: String,
    reason: String,
    status: &'static str,
    failure: Option<&'static str>,
    /// `idempotency-key` and the request that came with it.
    key: Option<(String, Value)>,
    created: OffsetDateTime,
    updated: OffsetDateTime,
}

/// Money that can go back.
struct Source {
    payment_id: String,
    channel: String,
    currency: String,
    captured: Amount,
    refundable: bool,
}

impl Refund {
    fn shown(&self) -> Value {
        let wallet = self.channel != "CARDS" && self.channel != "CREDIT_CARD";
        let mut body = json!({
            "id": self.id, "payment_id": self.payment_id, "reference_id": self.reference_id,
            "payment_method_type": if wallet { "EWALLET" } else { "CARD" }, "channel_code": self.channel,
            "currency": self.currency, "amount": self.amount.number(), "status": self.status, "reason": self.reason,
            "created": time(self.created), "updated": time(self.updated),
        });
        let of = if self.of.starts_with("pr-") { "payment_request_id" } else { "invoice_id" };
        body[of] = self.of.clone().into();
        put(&mut body, "failure_code", self.failure);
        body
    }

    fn end(&mut self, desk: &Desk, done: bool) {
        self.status = if done { "SUCCEEDED" } else { "FAILED" };
        self.failure = (!done).then_some("INSUFFICIENT_BALANCE");
        self.updated = desk.clock.now();
        let event = if done { "refund.succeeded" } else { "refund.failed" };
        callback::event(desk, event, self.shown());
    }
}

impl Xendit {
    /// Ends the refunds of a request or an invoice that are under way; says whether there were any.
    pub(super) fn end_refunds(&mut self, desk: &Desk, of: &str, done: bool) -> bool {
        let pending = |refund: &&mut Refund| refund.of == of && refund.status == "PENDING";
        self.refunds.iter_mut().filter(pending).map(|refund| refund.end(desk, done)).count() > 0
    }

    /// Ends those that have waited long enough.
    pub(super) fn end_waiting_refunds(&mut self, desk: &Desk) {
        let until = desk.clock.now() - WALLETS_TAKE;
        let old = |refund: &&mut Refund| refund.status == "PENDING" && refund.created <= until;
        self.refunds.iter_mut().filter(old).for_each(|refund| refund.end(desk, true));
    }

    fn source(&self, id: &str) -> Option<Source> {
        if let Some(invoice) = self.invoices.get(id) {
            let paid = invoice.paid.as_ref()?;
            let (refundable, currency) = (invoice.refundable(), invoice.currency.clone());
            let channel = paid.channel().to_owned();
            return Some(Source {
                payment_id: paid.payment_id.clone(),
                channel,
                currency,
                captured: paid.amount,
                refundable,
            });
        }
        let request = self.requests.get(id)?;
        let payment = self.payments.get(request.latest.as_ref()?)?;
        let (_, captured, _) = payment.captured.as_ref()?;
        let slow = request.channel == "QRIS" || request.channel.ends_with("_VIRTUAL_ACCOUNT");
        Some(Source {
            payment_id: payment.id.clone(),
            channel: request.channel.clone(),
            currency: request.currency.clone(),
            captured: *captured,
            refundable: !slow,
        })
    }
}

pub async fn create(State(world): Shared, headers: HeaderMap, body: String) -> Answer {
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let mut books = world.books();
    give_back(&mut books, &world.desk, &headers, body).unwrap_or_else(|error| error)
}

fn give_back(books: &mut Xendit, desk: &Desk, headers: &HeaderMap, body: Value) -> Result<Answer, Answer> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let same =
        |refund: &&Refund| key.is_some() && refund.key.as_ref().map(|(known, _)| known) == key.as_ref();
    if let Some(known) = books.refunds.iter().find(same) {
        let of_this = known.key.as_ref().is_some_and(|(_, request)| *request == body);
        return if of_this { Ok(answer::ok(known.shown())) } else { Err(duplicate()) };
    }
    let reason = body["reason"].as_str().filter(|reason| REASONS.contains(reason));
    let reason = reason.ok_or_else(|| answer::invalid("reason is not one of the list"))?;
    let of = body["payment_request_id"].as_str().or_else(|| body["invoice_id"].as_str()).unwrap_or_default();
    let source = books.source(of).ok_or_else(answer::not_found)?;
    if !source.refundable {
        return Err(answer::error(403, "REFUND_NOT_SUPPORTED", "the channel gives nothing back"));
    }
    let earlier = || books.refunds.iter().filter(|refund| refund.of == of && refund.status != "FAILED");
    if earlier().any(|refund| refund.status == "PENDING") {
        return Err(answer::error(400, "REFUND_IN_PROGRESS", "another refund is in progress"));
    }
    let left = Amount(source.captured.0 - earlier().map(|refund| refund.amount.0).sum::<i64>());
    let asked: Option<Amount> = serde_json::from_value(body["amount"].clone()).ok();
    let amount = asked.unwrap_or(left);
    if amount > left || amount.0 <= 0 {
        return Err(answer::error(400, "REFUND_AMOUNT_EXCEEDED", "amount is more than can go back"));
    }
    let (id, now) = (format!("rfd-{}", desk.ids.uuid()), desk.clock.now());
    let at_once = source.channel == "CARDS" || source.channel == "CREDIT_CARD";
    let refund = Refund {
        reference_id: body["reference_id"].as_str().map_or_else(|| id.clone(), str::to_owned),
        id,
        of: of.to_owned(),
        payment_id: source.payment_id,
        channel: source.channel,
        currency: source.currency,
        amount,
        reason: reason.to_owned(),
        status: "PENDING",
        failure: None,
        key: key.map(|key| (key, body.clone())),
        created: now,
        updated: now,
    };
    books.refunds.push(refund);
    let Some(refund) = books.refunds.last_mut() else { return Err(answer::not_found()) };
    if at_once {
        refund.end(desk, true);
    }
    Ok(answer::ok(refund.shown()))
}

fn duplicate() -> Answer {
    answer::error(400, "INVALID_VALUE_ERROR", "idempotency-key was used with another request")
}

pub async fn show(State(world): Shared, Path(id): Path<String>) -> Answer {
    let books = world.books();
    let found = books.refunds.iter().find(|refund| refund.id == id);
    found.map_or_else(answer::not_found, |refund| answer::ok(refund.shown()))
}

pub async fn list(State(world): Shared, Query(query): Query<BTreeMap<String, String>>) -> Answer {
    let books = world.books();
    let of = query.get("payment_request_id").or_else(|| query.get("invoice_id"));
    let found = books.refunds.iter().rev().filter(|refund| of.is_none_or(|of| *of == refund.of));
    let data: Vec<Value> = found.map(Refund::shown).collect();
    answer::ok(json!({"data": data, "has_more": false}))
}
