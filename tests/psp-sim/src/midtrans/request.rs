//! What every request is checked for.

use std::sync::OnceLock;

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::SERVER_KEY;
use crate::world::Desk;

/// Whether the server key was sent: user of Basic, with an empty password.
pub fn has_key(headers: &HeaderMap) -> bool {
    static EXPECTED: OnceLock<String> = OnceLock::new();
    let expected = EXPECTED.get_or_init(|| format!("Basic {}", STANDARD.encode(format!("{SERVER_KEY}:"))));
    headers.get(header::AUTHORIZATION).is_some_and(|value| value.as_bytes() == expected.as_bytes())
}

/// Refuses requests to the Core API without the key.
pub async fn core_key(request: Request, next: Next) -> Response {
    if has_key(request.headers()) {
        return next.run(request).await;
    }
    let message = "Transaction cannot be authorized with the current client/server key.";
    let body = json!({"status_code": "401", "status_message": message});
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

/// An order and its amount, as both APIs take them.
#[derive(Debug, Clone)]
pub struct Asked {
    pub order_id: String,
    /// Whole rupiah, at least 1.
    pub rupiah: i64,
}

/// Reads `transaction_details` and holds `item_details` against it; each fault in a sentence.
pub fn asked(body: &Value) -> Result<Asked, Vec<String>> {
    let mut faults = Vec::new();
    let details = &body["transaction_details"];
    let order_id = details["order_id"].as_str().unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_~.".contains(&byte);
    if order_id.is_empty() {
        faults.push("transaction_details.order_id is required".to_owned());
    } else if order_id.len() > 50 || !order_id.bytes().all(allowed) {
        faults.push("transaction_details.order_id is not valid".to_owned());
    }
    // An integer: 150000.0 and "150000" are not taken.
    let rupiah = details["gross_amount"].as_i64().unwrap_or_default();
    if rupiah < 1 {
        faults.push("transaction_details.gross_amount must be an integer of at least 1".to_owned());
    }
    if let Some(items) = body["item_details"].as_array() {
        let line = |item: &Value| Some(item["price"].as_i64()? * item["quantity"].as_i64()?);
        if items.iter().map(line).sum::<Option<i64>>() != Some(rupiah) {
            faults
                .push("transaction_details.gross_amount is not equal to the sum of item_details".to_owned());
        }
    }
    if faults.is_empty() { Ok(Asked { order_id: order_id.to_owned(), rupiah }) } else { Err(faults) }
}

/// Fields that come back in answers and notifications.
pub fn echo(body: &Value) -> Map<String, Value> {
    let names = ["custom_field1", "custom_field2", "custom_field3", "metadata"];
    names.iter().filter_map(|name| Some(((*name).to_owned(), body.get(name)?.clone()))).collect()
}

/// Where this transaction's notifications go instead of, or beside, the usual place.
pub fn notify(headers: &HeaderMap, desk: &Desk) -> Vec<String> {
    let list = |name: &str| -> Vec<String> {
        let text = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        text.split(',').map(str::trim).filter(|url| !url.is_empty()).map(str::to_owned).collect()
    };
    let instead = list("x-override-notification");
    if !instead.is_empty() {
        return instead;
    }
    let beside = list("x-append-notification");
    if beside.is_empty() { beside } else { desk.webhook_url.clone().into_iter().chain(beside).collect() }
}
