//! Payments v2: authorisations, captures, refunds.

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
    errors::Issue,
    keys, money, oauth,
    orders::{Order, Outcome},
    render, tell,
};
use crate::{
    amount::Amount,
    world::{Desk, World},
};

type Shared = State<Arc<World<PayPal>>>;

/// How long an authorisation lasts.
const AUTHORIZED_FOR: Duration = Duration::days(29);

/// Money that is set aside.
#[derive(Debug, Clone)]
pub struct Authorization {
    pub id: String,
    pub order_id: String,
    pub amount: Amount,
    pub captured: Amount,
    pub status: &'static str,
    pub created: OffsetDateTime,
    pub expires_at: OffsetDateTime,
}

impl Authorization {
    /// What an order sets aside.
    pub fn of(desk: &Desk, order: &Order) -> Self {
        let now = desk.clock.now();
        Self {
            id: desk.ids.code(17),
            order_id: order.id.clone(),
            amount: order.amount,
            captured: Amount(0),
            status: if order.outcome == Outcome::Pending { "PENDING" } else { "CREATED" },
            created: now,
            expires_at: now + AUTHORIZED_FOR,
        }
    }
}

/// Money that was taken.
#[derive(Debug, Clone)]
pub struct Capture {
    pub id: String,
    pub order_id: String,
    pub amount: Amount,
    pub refunded: Amount,
    pub status: &'static str,
    pub reason: Option<&'static str>,
    pub last: bool,
    pub created: OffsetDateTime,
}

impl Capture {
    /// Takes this much for an order.
    pub fn new(desk: &Desk, order: &Order, amount: Amount, status: &'static str, last: bool) -> Self {
        Self {
            id: desk.ids.code(17),
            order_id: order.id.clone(),
            amount,
            refunded: Amount(0),
            status,
            reason: (status == "PENDING").then_some("PENDING_REVIEW"),
            last,
            created: desk.clock.now(),
        }
    }
}

/// Money that went back.
#[derive(Debug, Clone)]
pub struct Refund {
    pub id: String,
    pub capture_id: String,
    pub amount: Amount,
    /// Of the capture, with this one.
    pub total: Amount,
    pub custom_id: Option<String>,
    pub created: OffsetDateTime,
}

impl PayPal {
    /// Enters a capture and tells of it.
    pub(super) fn enter(&mut self, desk: &Desk, capture: Capture) {
        let id = capture.id.clone();
        self.orders.entry(capture.order_id.clone()).and_modify(|order| order.capture = Some(id.clone()));
        self.captures.insert(id.clone(), capture);
        self.tell_capture(desk, &id);
    }

    /// Tells how a capture stands.
    pub(super) fn tell_capture(&mut self, desk: &Desk, id: &str) {
        let Some(capture) = self.captures.get_mut(id) else { return };
        let event = match capture.status {
            "PENDING" => "PAYMENT.CAPTURE.PENDING",
            "DECLINED" => "PAYMENT.CAPTURE.DENIED",
            _ => "PAYMENT.CAPTURE.COMPLETED",
        };
        if capture.status != "PENDING" {
            capture.reason = None;
        }
        let capture = capture.clone();
        let shown = render::capture(desk, self, &capture);
        tell::event(desk, self, event, "capture", shown);
    }

    /// What was looked at is set aside, or is not; of that nothing is told.
    pub(super) fn decide_authorization(&mut self, desk: &Desk, id: &str, done: bool) {
        let Some(found) = self.authorizations.get_mut(id) else { return };
        found.status = if done { "CREATED" } else { "DENIED" };
        let found = found.clone();
        if done {
            let shown = render::authorization(desk, self, &found);
            tell::event(desk, self, "PAYMENT.AUTHORIZATION.CREATED", "authorization", shown);
        }
    }

    /// Lets go of what was set aside.
    pub(super) fn void_authorization(&mut self, desk: &Desk, id: &str) {
        let Some(found) = self.authorizations.get_mut(id) else { return };
        found.status = "VOIDED";
        let found = found.clone();
        let shown = render::authorization(desk, self, &found);
        tell::event(desk, self, "PAYMENT.AUTHORIZATION.VOIDED", "authorization", shown);
    }
}

pub async fn show_authorization(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    show(&world, &headers, |books| {
        Some(render::authorization(&world.desk, books, books.authorizations.get(&id)?))
    })
}

pub async fn show_capture(State(world): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    show(&world, &headers, |books| Some(render::capture(&world.desk, books, books.captures.get(&id)?)))
}

pub async fn show_refund(State(world): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    show(&world, &headers, |books| Some(render::refund(&world.desk, books, books.refunds.get(&id)?)))
}

fn show(world: &World<PayPal>, headers: &HeaderMap, find: impl FnOnce(&PayPal) -> Option<Value>) -> Response {
    let books = world.books();
    if let Err(refused) = oauth::check(&books, world, headers) {
        return refused.into_response();
    }
    find(&books).map_or_else(|| Issue::InvalidResourceId.into_response(), |found| Json(found).into_response())
}

pub async fn capture(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    act(&world, &headers, &format!("authorizations/{id}/capture"), |books, desk| {
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        let capture = take(books, desk, &id, &body)?;
        let own = capture.id.clone();
        books.enter(desk, capture);
        Ok(own)
    })
}

fn take(books: &mut PayPal, desk: &Desk, id: &str, body: &Value) -> Result<Capture, Issue> {
    let found = books.authorizations.get_mut(id).ok_or(Issue::InvalidResourceId)?;
    let order = books.orders.get(&found.order_id).ok_or(Issue::InvalidResourceId)?;
    match found.status {
        "CREATED" | "PARTIALLY_CAPTURED" => {}
        "VOIDED" => return Err(Issue::AuthorizationVoided),
        _ => return Err(Issue::AuthorizationAlreadyCaptured),
    }
    let left = Amount(found.amount.0 - found.captured.0);
    let amount = match body.get("amount") {
        Some(amount) => money::read(amount)?,
        None => (left, order.currency.clone()),
    };
    if amount.1 != order.currency {
        return Err(Issue::AuthCaptureCurrencyMismatch);
    }
    if amount.0 > left {
        return Err(Issue::MaxCaptureAmountExceeded);
    }
    let last = body["final_capture"].as_bool().unwrap_or(false);
    found.captured.0 += amount.0.0;
    found.status = if last || amount.0 == left { "CAPTURED" } else { "PARTIALLY_CAPTURED" };
    Ok(Capture::new(desk, order, amount.0, "COMPLETED", last))
}

pub async fn void(State(world): Shared, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let mut books = world.books();
    if let Err(refused) = oauth::check(&books, &world, &headers) {
        return refused.into_response();
    }
    match books.authorizations.get(&id).map(|found| found.status) {
        None => return Issue::InvalidResourceId.into_response(),
        Some("VOIDED") => return Issue::PreviouslyVoided.into_response(),
        Some("CAPTURED") => return Issue::PreviouslyCaptured.into_response(),
        Some(_) => books.void_authorization(&world.desk, &id),
    }
    let found = &books.authorizations[&id];
    match answer::whole(&headers) {
        true => Json(render::authorization(&world.desk, &books, found)).into_response(),
        false => StatusCode::NO_CONTENT.into_response(),
    }
}

pub async fn refund(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Response {
    act(&world, &headers, &format!("captures/{id}/refund"), |books, desk| {
        let body: Value = serde_json::from_str(&body).unwrap_or_default();
        give_back(books, desk, &id, &body)
    })
}

fn give_back(books: &mut PayPal, desk: &Desk, id: &str, body: &Value) -> Result<String, Issue> {
    let found = books.captures.get_mut(id).ok_or(Issue::InvalidResourceId)?;
    let order = books.orders.get(&found.order_id).ok_or(Issue::InvalidResourceId)?;
    match found.status {
        "COMPLETED" | "PARTIALLY_REFUNDED" => {}
        "PENDING" => return Err(Issue::PendingCapture),
        _ => return Err(Issue::CaptureFullyRefunded),
    }
    let left = Amount(found.amount.0 - found.refunded.0);
    let (amount, currency) = match body.get("amount") {
        Some(amount) => money::read(amount)?,
        None => (left, order.currency.clone()),
    };
    if currency != order.currency {
        return Err(Issue::RefundCaptureCurrencyMismatch);
    }
    if amount > left {
        return Err(Issue::RefundAmountExceeded);
    }
    found.refunded.0 += amount.0;
    found.status = if amount == left { "REFUNDED" } else { "PARTIALLY_REFUNDED" };
    let refund = Refund {
        id: desk.ids.code(17),
        capture_id: found.id.clone(),
        amount,
        total: found.refunded,
        custom_id: body["custom_id"].as_str().map(str::to_owned),
        created: desk.clock.now(),
    };
    let shown = render::refund(desk, books, &refund);
    let own = refund.id.clone();
    books.refunds.insert(own.clone(), refund);
    tell::event(desk, books, "PAYMENT.CAPTURE.REFUNDED", "refund", shown);
    Ok(own)
}

/// Makes a capture or a refund once for each key.
fn act(
    world: &World<PayPal>,
    headers: &HeaderMap,
    place: &str,
    make: impl FnOnce(&mut PayPal, &Desk) -> Result<String, Issue>,
) -> Response {
    let (desk, mut books) = (&world.desk, world.books());
    if let Err(refused) = oauth::check(&books, world, headers) {
        return refused.into_response();
    }
    let key = keys::key(place, headers);
    let id = match keys::made(&mut books, desk, key.as_ref()) {
        Some(id) => Ok(id),
        None => keys::mock(headers).map_or_else(|| make(&mut books, desk), Err),
    };
    let id = match id {
        Ok(id) => id,
        Err(issue) => return issue.into_response(),
    };
    keys::keep(&mut books, key, &id, desk.clock.now() + keys::PAYMENTS);
    let capture = books.captures.get(&id).map(|found| render::capture(desk, &books, found));
    let shown = capture.or_else(|| Some(render::refund(desk, &books, books.refunds.get(&id)?)));
    (StatusCode::CREATED, Json(answer::trim(headers, shown.unwrap_or_default()))).into_response()
}
