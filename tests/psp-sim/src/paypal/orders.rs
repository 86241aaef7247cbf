//! Orders v2.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{
    PayPal, answer,
    captures::{Authorization, Capture},
    errors::Issue,
    keys, money, oauth, render, tell,
};
use crate::{
    amount::Amount,
    books::{Act, Customer, Listed, Refusal},
    world::{Desk, World},
};

type Shared = State<Arc<World<PayPal>>>;

/// How long an order waits for its buyer, and then for the shop.
const LASTS: Duration = Duration::hours(6);

/// What a capture will come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Completed,
    Pending,
    Declined,
}

/// An order.
#[derive(Debug, Clone)]
pub struct Order {
    pub id: String,
    pub intent: String,
    pub status: &'static str,
    pub amount: Amount,
    pub currency: String,
    /// The purchase unit as the shop wrote it.
    pub unit: Value,
    /// Whether the shop named PayPal's wallet as the source.
    pub wallet: bool,
    pub return_url: Option<String>,
    pub outcome: Outcome,
    pub authorization: Option<String>,
    pub capture: Option<String>,
    pub created: OffsetDateTime,
    pub updated: OffsetDateTime,
}

impl Order {
    /// Whether the shop calls it so.
    pub fn is_of(&self, id: &str) -> bool {
        ["custom_id", "invoice_id"].iter().any(|name| self.unit[*name] == id)
    }

    fn waits(&self) -> bool {
        matches!(self.status, "CREATED" | "PAYER_ACTION_REQUIRED")
    }

    /// For people.
    pub fn listed(&self) -> Listed {
        Listed {
            id: self.id.clone(),
            reference: self.unit["custom_id"].as_str().unwrap_or_default().to_owned(),
            amount: format!("{} {}", self.currency, self.amount),
            status: self.status.to_owned(),
            method: None,
            open: self.waits(),
            return_url: self.return_url.clone(),
        }
    }
}

impl PayPal {
    /// A buyer's step.
    pub(super) fn step(&mut self, desk: &Desk, id: &str, customer: &Customer) -> Result<(), Refusal> {
        let order = self.orders.get_mut(id).ok_or_else(|| Refusal::Unknown(id.to_owned()))?;
        let refused = Refusal::State(order.status.to_owned());
        order.updated = desk.clock.now();
        let capture = order.capture.as_ref().and_then(|id| self.captures.get_mut(id));
        match (customer.act, order.status) {
            // Who turns back on the page changes nothing here.
            (Act::Choose | Act::Deny, _) if order.waits() => {}
            (Act::Pay | Act::Fail | Act::Challenge, "CREATED" | "PAYER_ACTION_REQUIRED") => {
                order.status = "APPROVED";
                order.amount = customer.amount.unwrap_or(order.amount);
                order.outcome = match customer.act {
                    Act::Fail => Outcome::Declined,
                    Act::Challenge => Outcome::Pending,
                    _ => Outcome::Completed,
                };
                let shown = render::order(desk, self, id);
                tell::event(desk, self, "CHECKOUT.ORDER.APPROVED", "checkout-order", shown);
            }
            (Act::Expire, "CREATED" | "PAYER_ACTION_REQUIRED" | "APPROVED") => {
                order.status = "VOIDED";
            }
            (Act::Expire, _) if order.authorization.is_some() && order.capture.is_none() => {
                let authorization = order.authorization.clone().unwrap_or_default();
                self.void_authorization(desk, &authorization);
            }
            (Act::Settle | Act::Deny, _) => {
                let done = customer.act == Act::Settle;
                let looked_at =
                    |id: &String| self.authorizations.get(id).is_some_and(|a| a.status == "PENDING");
                match capture.filter(|capture| capture.status == "PENDING") {
                    Some(capture) => {
                        capture.status = if done { "COMPLETED" } else { "DECLINED" };
                        let id = capture.id.clone();
                        self.tell_capture(desk, &id);
                    }
                    None => match order.authorization.clone().filter(looked_at) {
                        Some(authorization) => self.decide_authorization(desk, &authorization, done),
                        None => return Err(refused),
                    },
                }
            }
            (Act::Dispute | Act::Win | Act::Lose, _) => match capture.map(|capture| capture.id.clone()) {
                Some(capture) => self.contest(desk, &capture, customer)?,
                None => return Err(refused),
            },
            (Act::Chargeback, _) => match capture {
                Some(capture) => {
                    capture.status = "REFUNDED";
                    capture.reason = Some("CHARGEBACK");
                    let shown = render::capture(desk, self, &self.captures[&order_capture(self, id)].clone());
                    tell::event(desk, self, "PAYMENT.CAPTURE.REVERSED", "capture", shown);
                }
                None => return Err(refused),
            },
            _ => return Err(refused),
        }
        Ok(())
    }

    /// Ends orders that nobody approved or captured.
    pub(super) fn run_out(&mut self, desk: &Desk) {
        let until = desk.clock.now() - LASTS;
        let old =
            |order: &&mut Order| (order.waits() || order.status == "APPROVED") && order.created <= until;
        self.orders.values_mut().filter(old).for_each(|order| order.status = "VOIDED");
    }
}

fn order_capture(books: &PayPal, order: &str) -> String {
    books.orders.get(order).and_then(|order| order.capture.clone()).unwrap_or_default()
}

/// Reads what the shop asks for.
fn read(body: &Value) -> Result<(String, Amount, String), Issue> {
    let intent = body["intent"].as_str().filter(|intent| ["CAPTURE", "AUTHORIZE"].contains(intent));
    let intent = intent.ok_or(Issue::MissingRequiredParameter)?;
    let [unit] = body["purchase_units"].as_array().map_or(&[][..], Vec::as_slice) else {
        return Err(Issue::MissingRequiredParameter);
    };
    let (amount, currency) = money::read(&unit["amount"])?;
    if !money::adds_up(&unit["amount"]) {
        return Err(Issue::AmountMismatch);
    }
    Ok((intent.to_owned(), amount, currency))
}

pub async fn create(State(world): Shared, headers: HeaderMap, body: String) -> Response {
    let (desk, mut books) = (&world.desk, world.books());
    if let Err(refused) = oauth::check(&books, &world, &headers) {
        return refused.into_response();
    }
    let key = keys::key("orders", &headers);
    if let Some(id) = keys::made(&mut books, desk, key.as_ref()) {
        let shown = answer::trim(&headers, render::order(desk, &books, &id));
        return (StatusCode::OK, Json(shown)).into_response();
    }
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let (intent, amount, currency) = match read(&body) {
        Ok(read) => read,
        Err(issue) => return issue.into_response(),
    };
    let wallet = body["payment_source"]["paypal"].is_object();
    let context = match wallet {
        true => &body["payment_source"]["paypal"]["experience_context"],
        false => &body["application_context"],
    };
    let (id, now) = (desk.ids.code(17), desk.clock.now());
    let order = Order {
        id: id.clone(),
        intent,
        status: if wallet { "PAYER_ACTION_REQUIRED" } else { "CREATED" },
        amount,
        currency,
        unit: body["purchase_units"][0].clone(),
        wallet,
        return_url: context["return_url"].as_str().map(str::to_owned),
        outcome: Outcome::Completed,
        authorization: None,
        capture: None,
        created: now,
        updated: now,
    };
    books.opened.push(id.clone());
    books.orders.insert(id.clone(), order);
    keys::keep(&mut books, key, &id, now + keys::ORDERS);
    let shown = answer::trim(&headers, render::order(desk, &books, &id));
    (if wallet { StatusCode::OK } else { StatusCode::CREATED }, Json(shown)).into_response()
}

pub async fn show(State(world): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let books = world.books();
    if let Err(refused) = oauth::check(&books, &world, &headers) {
        return refused.into_response();
    }
    match books.orders.contains_key(&id) {
        true => Json(render::order(&world.desk, &books, &id)).into_response(),
        false => Issue::InvalidResourceId.into_response(),
    }
}

pub async fn capture(State(world): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    complete(&world, &id, &headers, "CAPTURE")
}

pub async fn authorize(State(world): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    complete(&world, &id, &headers, "AUTHORIZE")
}

/// Captures or authorises an order that its buyer approved.
fn complete(world: &World<PayPal>, id: &str, headers: &HeaderMap, intent: &str) -> Response {
    let (desk, mut books) = (&world.desk, world.books());
    if let Err(refused) = oauth::check(&books, world, headers) {
        return refused.into_response();
    }
    let key = keys::key(&format!("orders/{id}/{intent}"), headers);
    let again = keys::made(&mut books, desk, key.as_ref()).is_some();
    if !again {
        if let Err(issue) = keys::mock(headers).map_or(Ok(()), Err) {
            return issue.into_response();
        }
        if let Err(issue) = take(&mut books, desk, id, intent) {
            return issue.into_response();
        }
        keys::keep(&mut books, key, id, desk.clock.now() + keys::ORDERS);
    }
    let shown = answer::trim(headers, render::order(desk, &books, id));
    (if again { StatusCode::OK } else { StatusCode::CREATED }, Json(shown)).into_response()
}

fn take(books: &mut PayPal, desk: &Desk, id: &str, intent: &str) -> Result<(), Issue> {
    let order = books.orders.get_mut(id).ok_or(Issue::InvalidResourceId)?;
    if order.intent != intent {
        return Err(Issue::ActionDoesNotMatchIntent);
    }
    match order.status {
        "APPROVED" => {}
        "COMPLETED" if intent == "CAPTURE" => return Err(Issue::OrderAlreadyCaptured),
        "COMPLETED" => return Err(Issue::OrderAlreadyAuthorized),
        "VOIDED" => return Err(Issue::InvalidResourceId),
        _ => return Err(Issue::OrderNotApproved),
    }
    if order.outcome == Outcome::Declined {
        // The buyer may pick another instrument on the page.
        order.status = if order.wallet { "PAYER_ACTION_REQUIRED" } else { "CREATED" };
        return Err(Issue::InstrumentDeclined);
    }
    order.status = "COMPLETED";
    order.updated = desk.clock.now();
    let order = order.clone();
    if intent == "AUTHORIZE" {
        let authorization = Authorization::of(desk, &order);
        let own = authorization.id.clone();
        books.authorizations.insert(own.clone(), authorization);
        books.orders.entry(id.to_owned()).and_modify(|order| order.authorization = Some(own.clone()));
        let made = books.authorizations[&own].clone();
        if made.status == "CREATED" {
            let shown = render::authorization(desk, books, &made);
            tell::event(desk, books, "PAYMENT.AUTHORIZATION.CREATED", "authorization", shown);
        }
        return Ok(());
    }
    let status = if order.outcome == Outcome::Pending { "PENDING" } else { "COMPLETED" };
    let capture = Capture::new(desk, &order, order.amount, status, true);
    books.enter(desk, capture);
    Ok(())
}
