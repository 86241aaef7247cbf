//! `PayPal-Request-Id`: the same one gives the same thing, as it stands by now.

use axum::http::HeaderMap;
use serde_json::Value;
use time::{Duration, OffsetDateTime};

use super::{PayPal, errors::Issue};
use crate::world::Desk;

/// How long Orders remember one.
pub const ORDERS: Duration = Duration::hours(6);
/// How long Payments do.
pub const PAYMENTS: Duration = Duration::days(45);

/// Where it was sent, and what.
pub type Key = (String, String);

/// The key of a request.
pub fn key(place: &str, headers: &HeaderMap) -> Option<Key> {
    let key = headers.get("paypal-request-id")?.to_str().ok()?;
    (!key.is_empty() && key.len() <= 108).then(|| (place.to_owned(), key.to_owned()))
}

/// What was made by it.
pub fn made(books: &mut PayPal, desk: &Desk, key: Option<&Key>) -> Option<String> {
    let now = desk.clock.now();
    books.made.retain(|_, (_, until)| *until > now);
    Some(books.made.get(key?)?.0.clone())
}

/// Remembers it.
pub fn keep(books: &mut PayPal, key: Option<Key>, id: &str, until: OffsetDateTime) {
    if let Some(key) = key {
        books.made.insert(key, (id.to_owned(), until));
    }
}

/// The error that the shop wants to see: `PayPal-Mock-Response: {"mock_application_codes":"INSTRUMENT_DECLINED"}`.
pub fn mock(headers: &HeaderMap) -> Option<Issue> {
    let wanted: Value = serde_json::from_slice(headers.get("paypal-mock-response")?.as_bytes()).ok()?;
    Issue::named(wanted["mock_application_codes"].as_str()?)
}
