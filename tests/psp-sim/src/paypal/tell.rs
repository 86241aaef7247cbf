//! Webhooks: who wants them, and how they are signed: RSA-SHA256 over `transmission id|time|webhook id|CRC-32 of the body`.

use std::sync::Arc;

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{PayPal, errors::Issue, oauth, render, verify};
use crate::world::{Desk, World};

type Shared = State<Arc<World<PayPal>>>;

/// The webhook that is there from the start.
pub const WEBHOOK_ID: &str = "1SIMULATOR0WEBHOOK";

/// A place that wants webhooks.
#[derive(Debug, Clone)]
pub struct Registered {
    pub id: String,
    /// None: they wait at the courier.
    pub url: Option<String>,
}

/// A webhook that was sent, for whoever asks whether it was.
#[derive(Debug, Clone)]
pub struct Sent {
    pub webhook_id: String,
    pub time: String,
    pub signature: String,
    pub event: Value,
}

/// Tells every registered place of an event.
pub fn event(desk: &Desk, books: &mut PayPal, event_type: &str, resource_type: &str, resource: Value) {
    let id = format!("WH-{}-{}", desk.ids.code(17), desk.ids.code(17));
    let event = json!({
        "id": id, "event_version": "1.0", "create_time": render::time(desk.clock.now()), "resource_type": resource_type,
        "resource_version": "2.0", "event_type": event_type, "summary": event_type.to_lowercase().replace('.', " "),
        "resource": resource,
        "links": [{"href": format!("{}/v1/notifications/webhooks-events/{id}", desk.url), "rel": "self", "method": "GET"}],
    });
    let body = event.to_string();
    for place in books.registered.clone() {
        let (transmission, sent) = sign(desk, &place.id, &event, &body);
        let cert = format!("{}/v1/notifications/certs/CERT-SIMULATOR", desk.url);
        let headers = [
            ("content-type", "application/json"),
            ("paypal-transmission-id", &transmission),
            ("paypal-transmission-time", &sent.time),
            ("paypal-transmission-sig", &sent.signature),
            ("paypal-cert-url", &cert),
            ("paypal-auth-algo", "SHA256withRSA"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        books.sent.insert(transmission, sent);
        desk.notify(event_type, place.url.as_deref(), headers, body.clone());
    }
}

fn sign(desk: &Desk, webhook_id: &str, event: &Value, body: &str) -> (String, Sent) {
    let time = render::time(desk.clock.now());
    loop {
        let transmission = desk.ids.uuid();
        let message = format!("{transmission}|{time}|{webhook_id}|{}", crc32fast::hash(body.as_bytes()));
        let signature = verify::sign(&message);
        // The pattern of `transmission_sig` in PayPal's own description wants a letter or digit first.
        if signature.starts_with(|first: char| first.is_ascii_alphanumeric()) {
            let sent = Sent { webhook_id: webhook_id.to_owned(), time, signature, event: event.clone() };
            return (transmission, sent);
        }
    }
}

fn shown(place: &Registered) -> Value {
    json!({"id": place.id, "url": place.url.as_deref().unwrap_or("https://example.com/"), "event_types": [{"name": "*"}]})
}

pub async fn list(State(world): Shared, headers: HeaderMap) -> Response {
    let books = world.books();
    if let Err(refused) = oauth::check(&books, &world, &headers) {
        return refused.into_response();
    }
    Json(json!({"webhooks": books.registered.iter().map(shown).collect::<Vec<Value>>()})).into_response()
}

pub async fn register(State(world): Shared, headers: HeaderMap, body: String) -> Response {
    let mut books = world.books();
    if let Err(refused) = oauth::check(&books, &world, &headers) {
        return refused.into_response();
    }
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let Some(url) = body["url"].as_str() else { return Issue::MissingRequiredParameter.into_response() };
    let place = Registered { id: world.desk.ids.code(17), url: Some(url.to_owned()) };
    let shown = shown(&place);
    books.registered.push(place);
    (StatusCode::CREATED, Json(shown)).into_response()
}
