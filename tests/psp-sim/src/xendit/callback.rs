//! Callbacks: no signature, a token that the account knows.

use serde_json::{Value, json};

use super::{BUSINESS, CALLBACK_TOKEN, answer::time};
use crate::world::Desk;

/// Tells the shop of an event of v3.
pub fn event(desk: &Desk, event: &str, data: Value) {
    let body =
        json!({"event": event, "business_id": BUSINESS, "created": time(desk.clock.now()), "data": data});
    send(desk, event, &body);
}

/// Sends a body as it is.
pub fn send(desk: &Desk, event: &str, body: &Value) {
    let headers = [
        ("content-type", "application/json".to_owned()),
        ("x-callback-token", CALLBACK_TOKEN.to_owned()),
        ("webhook-id", format!("wh-{}", desk.ids.uuid())),
    ];
    let headers = headers.map(|(name, value)| (name.to_owned(), value)).into();
    desk.notify(event, desk.webhook_url.as_deref(), headers, body.to_string());
}
