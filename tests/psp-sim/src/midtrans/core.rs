//! The Core API.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    http::HeaderMap,
};
use serde_json::Value;
use time::Duration;

use super::{
    Midtrans,
    answer::{self, Answer},
    charge, idempotency,
    request::{self, Asked},
    transaction::{Fraud, Refund, Status, Transaction, waits},
};
use crate::world::{Desk, World};

type Shared = State<Arc<World<Midtrans>>>;

/// Methods whose money can't go back through Midtrans.
const NO_REFUNDS: [&str; 4] = ["bank_transfer", "permata", "echannel", "cstore"];
/// Methods whose money goes back whole or not at all.
const WHOLE_REFUNDS: [&str; 2] = ["shopeepay", "ovo"];

/// Does something once for each key.
fn once(
    world: &World<Midtrans>,
    headers: &HeaderMap,
    act: impl FnOnce(&mut Midtrans, &Desk) -> Answer,
) -> Answer {
    let (key, now) = (idempotency::key(headers), world.desk.clock.now());
    let mut books = world.books();
    if let Some(kept) = books.kept.find(key.as_deref(), now) {
        return kept;
    }
    let answer = act(&mut books, &world.desk);
    books.kept.keep(key, now, &answer);
    answer
}

fn read(desk: &Desk, body: &str) -> Result<Value, Answer> {
    serde_json::from_str(body).map_err(|_| answer::error(desk, 400, "Invalid JSON body", &[]))
}

pub async fn charge(State(world): Shared, headers: HeaderMap, body: String) -> Answer {
    once(&world, &headers, |books, desk| {
        let opened = read(desk, &body).and_then(|body| open(books, desk, &headers, &body));
        opened.unwrap_or_else(|error| error)
    })
}

fn open(books: &mut Midtrans, desk: &Desk, headers: &HeaderMap, body: &Value) -> Result<Answer, Answer> {
    let invalid = |why: Vec<String>| {
        answer::error(desk, 400, "One or more parameters in the payload is invalid.", &why)
    };
    let Asked { order_id, rupiah } = request::asked(body).map_err(invalid)?;
    let payment_type = body["payment_type"].as_str().unwrap_or_default();
    if books.by_order.contains_key(&order_id) {
        return Err(answer::error(desk, 406, "order_id has already been utilized previously", &[]));
    }
    let id = desk.ids.uuid();
    let begun = charge::begin(desk, &id, payment_type, body).map_err(|why| invalid(vec![why]))?;
    let now = desk.clock.now();
    let lasts = custom_expiry(&body["custom_expiry"]).or_else(|| waits(payment_type));
    let mut transaction = Transaction {
        id,
        order_id,
        rupiah,
        payment_type: payment_type.to_owned(),
        method: begun.method,
        echo: request::echo(body),
        status: begun.status,
        fraud: begun.fraud,
        opened_at: now,
        settled_at: None,
        expires_at: lasts.map(|lasts| now + lasts),
        authorize_only: begun.authorize_only,
        refunds: Vec::new(),
        notify: request::notify(headers, desk),
        return_url: body["shopeepay"]["callback_url"].as_str().map(str::to_owned),
    };
    transaction.enter(desk, begun.status);
    let code = answer::asked_code(&transaction);
    Ok(answer::transaction(books.keep(transaction), code, "Success, transaction is created"))
}

/// `custom_expiry`: how long the customer has.
fn custom_expiry(expiry: &Value) -> Option<Duration> {
    let count = expiry["expiry_duration"].as_i64()?;
    let seconds = match expiry["unit"].as_str().unwrap_or("minute") {
        "second" => 1,
        "hour" => 3600,
        "day" => 86_400,
        _ => 60,
    };
    Some(Duration::seconds(count.checked_mul(seconds)?))
}

pub async fn status(State(world): Shared, Path(id): Path<String>) -> Answer {
    match world.books().find(&id) {
        Some(found) => answer::transaction(found, answer::asked_code(found), "Success, transaction is found"),
        None => answer::unknown(&world.desk),
    }
}

pub async fn act(
    State(world): Shared,
    Path((id, action)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer {
    once(&world, &headers, |books, desk| {
        let Some(found) = books.find(&id) else { return answer::unknown(desk) };
        let Some(next) = allowed(&action, found) else { return answer::not_now(desk) };
        if action == "approve" {
            found.fraud = Some(Fraud::Accept);
        }
        found.enter(desk, next);
        let code = if next == Status::Expire { "407" } else { "200" };
        answer::transaction(found, code, &format!("Success, transaction is {}", next.as_str()))
    })
}

/// Where an action leads from here.
fn allowed(action: &str, transaction: &Transaction) -> Option<Status> {
    let challenged = transaction.status == Status::Capture && transaction.fraud == Some(Fraud::Challenge);
    match (action, transaction.status) {
        ("approve", _) if challenged => Some(Status::Capture),
        ("deny", _) if challenged => Some(Status::Deny),
        ("cancel", Status::Pending | Status::Authorize | Status::Capture) => Some(Status::Cancel),
        ("expire", Status::Pending) => Some(Status::Expire),
        _ => None,
    }
}

pub async fn capture(State(world): Shared, headers: HeaderMap, body: String) -> Answer {
    once(&world, &headers, |books, desk| {
        let body = match read(desk, &body) {
            Ok(body) => body,
            Err(error) => return error,
        };
        let Some(found) = books.find(body["transaction_id"].as_str().unwrap_or_default()) else {
            return answer::unknown(desk);
        };
        let rupiah = body["gross_amount"].as_i64().unwrap_or(found.rupiah);
        if found.status != Status::Authorize || rupiah < 1 || rupiah > found.rupiah {
            return answer::not_now(desk);
        }
        found.rupiah = rupiah;
        found.enter(desk, Status::Capture);
        answer::transaction(found, "200", "Success, Credit Card capture transaction is successful")
    })
}

pub async fn refund(
    State(world): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: String,
) -> Answer {
    once(&world, &headers, |books, desk| {
        let body = match read(desk, &body) {
            Ok(body) => body,
            Err(error) => return error,
        };
        let Some(found) = books.find(&id) else { return answer::unknown(desk) };
        give_back(desk, found, &body).unwrap_or_else(|error| error)
    })
}

fn give_back(desk: &Desk, found: &mut Transaction, body: &Value) -> Result<Answer, Answer> {
    let left = found.rupiah - found.refunded();
    let rupiah = body["amount"].as_i64().unwrap_or(left);
    let key = body["refund_key"].as_str().map_or_else(|| desk.ids.hex(16), str::to_owned);
    let settled = matches!(found.status, Status::Settlement | Status::PartialRefund | Status::Refund);
    if !settled || NO_REFUNDS.contains(&found.payment_type.as_str()) {
        return Err(answer::not_now(desk));
    }
    if found.refunds.iter().any(|refund| refund.key == key) {
        return Err(answer::error(desk, 406, "Duplicate refund ID", &[]));
    }
    let part_of_whole = WHOLE_REFUNDS.contains(&found.payment_type.as_str()) && rupiah != found.rupiah;
    if rupiah < 1 || rupiah > left || part_of_whole {
        return Err(answer::error(desk, 414, "Refund request is rejected due to invalid amount", &[]));
    }
    let refund = Refund {
        number: desk.ids.number() % 1_000_000,
        id: desk.ids.uuid(),
        key,
        rupiah,
        reason: body["reason"].as_str().unwrap_or_default().to_owned(),
        at: desk.clock.now(),
        confirmed_at: None,
    };
    found.refunds.push(refund.clone());
    let all = found.refunded() == found.rupiah;
    found.enter(desk, if all { Status::Refund } else { Status::PartialRefund });
    Ok(answer::refunded(found, &refund))
}
