//! Orders, authorisations, captures and refunds as PayPal writes them.

use serde_json::{Value, json};
use time::{OffsetDateTime, UtcOffset, macros::format_description};

use super::{
    PayPal,
    captures::{Authorization, Capture, Refund},
    money,
};
use crate::world::Desk;

/// RFC 3339 with seconds.
pub fn time(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    at.to_offset(UtcOffset::UTC).format(form).unwrap_or_default()
}

fn link(desk: &Desk, path: &str, rel: &str, method: &str) -> Value {
    json!({"href": format!("{}{path}", desk.url), "rel": rel, "method": method})
}

/// The shop's ids of an order, for what belongs to it.
fn ids(books: &PayPal, order_id: &str, body: &mut Value) {
    let Some(order) = books.orders.get(order_id) else { return };
    for name in ["custom_id", "invoice_id"] {
        if let Some(id) = order.unit[name].as_str() {
            body[name] = id.into();
        }
    }
    body["supplementary_data"] = json!({"related_ids": {"order_id": order_id}});
}

fn currency(books: &PayPal, order_id: &str) -> String {
    books.orders.get(order_id).map(|order| order.currency.clone()).unwrap_or_default()
}

/// An order; null when there is none.
pub fn order(desk: &Desk, books: &PayPal, id: &str) -> Value {
    let Some(order) = books.orders.get(id) else { return Value::Null };
    let mut unit = order.unit.clone();
    if unit["reference_id"].is_null() {
        unit["reference_id"] = "default".into();
    }
    let mut payments = json!({});
    let authorization = order.authorization.as_ref().and_then(|id| books.authorizations.get(id));
    if let Some(found) = authorization {
        payments["authorizations"] = json!([self::authorization(desk, books, found)]);
    }
    let captures: Vec<&Capture> = books.captures.values().filter(|capture| capture.order_id == id).collect();
    if !captures.is_empty() {
        payments["captures"] = captures.iter().map(|found| capture(desk, books, found)).collect();
        let of_order = |refund: &&Refund| captures.iter().any(|capture| capture.id == refund.capture_id);
        let refunds: Vec<Value> =
            books.refunds.values().filter(of_order).map(|found| refund(desk, books, found)).collect();
        if !refunds.is_empty() {
            payments["refunds"] = refunds.into();
        }
    }
    if payments.as_object().is_some_and(|payments| !payments.is_empty()) {
        unit["payments"] = payments;
    }
    let path = format!("/v2/checkout/orders/{id}");
    let mut links = vec![link(desk, &path, "self", "GET")];
    match order.status {
        "CREATED" => links.push(link(desk, &format!("/_pay/{id}"), "approve", "GET")),
        "PAYER_ACTION_REQUIRED" => links.push(link(desk, &format!("/_pay/{id}"), "payer-action", "GET")),
        "APPROVED" => {
            let rel = order.intent.to_lowercase();
            links.push(link(desk, &format!("{path}/{rel}"), &rel, "POST"));
        }
        _ => {}
    }
    let mut body = json!({
        "id": id, "intent": order.intent, "status": order.status, "purchase_units": [unit], "links": links,
        "create_time": time(order.created), "update_time": time(order.updated),
    });
    if order.wallet {
        body["payment_source"] = json!({"paypal": {}});
    }
    body
}

/// An authorisation.
pub fn authorization(desk: &Desk, books: &PayPal, found: &Authorization) -> Value {
    let path = format!("/v2/payments/authorizations/{}", found.id);
    let mut body = json!({
        "id": found.id, "status": found.status, "amount": money::write(found.amount, &currency(books, &found.order_id)),
        "expiration_time": time(found.expires_at), "create_time": time(found.created), "update_time": time(found.created),
        "links": [
            link(desk, &path, "self", "GET"), link(desk, &format!("{path}/capture"), "capture", "POST"),
            link(desk, &format!("{path}/void"), "void", "POST"),
        ],
    });
    ids(books, &found.order_id, &mut body);
    body
}

/// A capture.
pub fn capture(desk: &Desk, books: &PayPal, found: &Capture) -> Value {
    let path = format!("/v2/payments/captures/{}", found.id);
    let amount = money::write(found.amount, &currency(books, &found.order_id));
    let mut body = json!({
        "id": found.id, "status": found.status, "amount": amount, "final_capture": found.last,
        "seller_protection": {"status": "ELIGIBLE", "dispute_categories": ["ITEM_NOT_RECEIVED", "UNAUTHORIZED_TRANSACTION"]},
        "seller_receivable_breakdown": {"gross_amount": amount},
        "create_time": time(found.created), "update_time": time(found.created),
        "links": [
            link(desk, &path, "self", "GET"), link(desk, &format!("{path}/refund"), "refund", "POST"),
            link(desk, &format!("/v2/checkout/orders/{}", found.order_id), "up", "GET"),
        ],
    });
    if let Some(reason) = found.reason {
        body["status_details"] = json!({"reason": reason});
    }
    ids(books, &found.order_id, &mut body);
    body
}

/// A refund.
pub fn refund(desk: &Desk, books: &PayPal, found: &Refund) -> Value {
    let order_id =
        books.captures.get(&found.capture_id).map(|capture| capture.order_id.clone()).unwrap_or_default();
    let currency = currency(books, &order_id);
    let amount = money::write(found.amount, &currency);
    let mut body = json!({
        "id": found.id, "status": "COMPLETED", "amount": amount,
        "seller_payable_breakdown": {"gross_amount": amount, "total_refunded_amount": money::write(found.total, &currency)},
        "create_time": time(found.created), "update_time": time(found.created),
        "links": [
            link(desk, &format!("/v2/payments/refunds/{}", found.id), "self", "GET"),
            link(desk, &format!("/v2/payments/captures/{}", found.capture_id), "up", "GET"),
        ],
    });
    if let Some(custom_id) = &found.custom_id {
        body["custom_id"] = custom_id.clone().into();
    }
    body
}
