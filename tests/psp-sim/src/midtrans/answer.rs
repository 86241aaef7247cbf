//! What Midtrans writes: transactions, errors, notifications.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha512};
use time::{OffsetDateTime, UtcOffset, macros::format_description};

use super::{
    MERCHANT, SERVER_KEY,
    transaction::{Fraud, Refund, Status, Transaction},
};
use crate::{amount::Amount, world::Desk};

/// `YYYY-MM-DD HH:MM:SS` of Jakarta.
pub fn time(at: OffsetDateTime) -> String {
    const JAKARTA: UtcOffset = match UtcOffset::from_hms(7, 0, 0) {
        Ok(offset) => offset,
        Err(_) => panic!("seven hours are an offset"),
    };
    let form = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    at.to_offset(JAKARTA).format(form).unwrap_or_default()
}

fn rupiah(amount: i64) -> String {
    Amount::whole(amount).to_string()
}

/// `status_code` in the answer of a question.
pub fn asked_code(transaction: &Transaction) -> &'static str {
    match (transaction.status, transaction.fraud) {
        (Status::Pending, _) | (Status::Capture, Some(Fraud::Challenge)) => "201",
        (Status::Deny | Status::Failure, _) => "202",
        (Status::Expire, _) => "407",
        _ => "200",
    }
}

/// `status_code` in a notification.
fn told_code(transaction: &Transaction) -> &'static str {
    match transaction.status {
        Status::Expire | Status::Cancel => "202",
        _ => asked_code(transaction),
    }
}

/// An answer before it is sent.
#[derive(Debug, Clone)]
pub struct Answer {
    pub http: StatusCode,
    pub body: Value,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.http, Json(self.body)).into_response()
    }
}

impl From<Map<String, Value>> for Answer {
    fn from(fields: Map<String, Value>) -> Self {
        Self { http: StatusCode::OK, body: Value::Object(fields) }
    }
}

/// A transaction as an answer.
pub fn transaction(transaction: &Transaction, code: &str, message: &str) -> Answer {
    let mut fields = fields(transaction, code, message);
    fields.extend(transaction.method.clone());
    fields.into()
}

/// What answers and notifications share.
fn fields(t: &Transaction, code: &str, message: &str) -> Map<String, Value> {
    let mut fields = t.echo.clone();
    let mut set = |name: &str, value: Value| fields.insert(name.to_owned(), value);
    set("status_code", code.into());
    set("status_message", message.into());
    set("transaction_id", t.id.clone().into());
    set("order_id", t.order_id.clone().into());
    set("merchant_id", MERCHANT.into());
    set("gross_amount", rupiah(t.rupiah).into());
    set("currency", "IDR".into());
    set("payment_type", t.payment_type.clone().into());
    set("transaction_time", time(t.opened_at).into());
    set("transaction_status", t.status.as_str().into());
    if let Some(fraud) = t.fraud {
        set("fraud_status", fraud.as_str().into());
    }
    if let Some(at) = t.settled_at {
        set("settlement_time", time(at).into());
    }
    if let Some(at) = t.expires_at {
        set("expiry_time", time(at).into());
    }
    if let Some(last) = t.refunds.last() {
        set("refund_amount", rupiah(t.refunded()).into());
        set("refund_key", last.key.clone().into());
        set("refunds", t.refunds.iter().map(refund).collect());
    }
    fields
}

fn refund(refund: &Refund) -> Value {
    let mut value = json!({
        "refund_chargeback_id": refund.number, "refund_chargeback_uuid": refund.id, "refund_amount": rupiah(refund.rupiah),
        "created_at": time(refund.at), "reason": refund.reason, "refund_key": refund.key, "refund_method": "online",
    });
    if let Some(at) = refund.confirmed_at {
        value["bank_confirmed_at"] = time(at).into();
    }
    value
}

/// The answer to a refund.
pub fn refunded(transaction: &Transaction, refund: &Refund) -> Answer {
    let mut fields = fields(transaction, "200", "Success, refund request is approved");
    fields.insert("refund_chargeback_id".to_owned(), refund.number.into());
    fields.insert("refund_amount".to_owned(), rupiah(refund.rupiah).into());
    fields.insert("refund_key".to_owned(), refund.key.clone().into());
    fields.into()
}

/// An error of the Core API. What is about the request's form has its HTTP status; what is about the business comes
/// with 200, and its code in the body alone.
pub fn error(desk: &Desk, code: u16, message: &str, why: &[String]) -> Answer {
    let http = match code {
        400 | 401 | 404 | 500 => StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
        _ => StatusCode::OK,
    };
    let mut body = json!({"status_code": code.to_string(), "status_message": message, "id": desk.ids.uuid()});
    if !why.is_empty() {
        body["validation_messages"] = json!(why);
    }
    Answer { http, body }
}

/// There is no such transaction.
pub fn unknown(desk: &Desk) -> Answer {
    error(desk, 404, "Transaction doesn't exist.", &[])
}

/// The state does not allow it.
pub fn not_now(desk: &Desk) -> Answer {
    error(desk, 412, "Merchant cannot modify the status of the transaction", &[])
}

/// Tells the shop how a transaction stands.
pub fn notify(desk: &Desk, transaction: &Transaction) {
    let mut body = fields(transaction, told_code(transaction), "midtrans payment notification");
    for name in [
        "va_numbers",
        "permata_va_number",
        "bill_key",
        "biller_code",
        "acquirer",
        "masked_card",
        "card_type",
        "bank",
    ] {
        if let Some(value) = transaction.method.get(name) {
            body.insert(name.to_owned(), value.clone());
        }
    }
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let signed = [text("order_id"), text("status_code"), text("gross_amount"), SERVER_KEY].concat();
    body.insert("signature_key".to_owned(), hex::encode(Sha512::digest(signed)).into());
    let body = Value::Object(body).to_string();
    let headers = [("content-type", "application/json"), ("user-agent", "Veritrans")];
    let headers: Vec<(String, String)> =
        headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let places: Vec<Option<&str>> = match transaction.notify.as_slice() {
        [] => vec![desk.webhook_url.as_deref()],
        own => own.iter().map(|url| Some(url.as_str())).collect(),
    };
    for url in places {
        desk.notify(transaction.status.as_str(), url, headers.clone(), body.clone());
    }
}
