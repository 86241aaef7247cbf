//! What was said between the shop and a company, so that a test can hold it against the company's own documents.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, header},
    middleware::Next,
    response::IntoResponse,
};
use serde::Serialize;
use serde_json::Value;

/// Exchanges kept; older ones are forgotten.
const KEPT: usize = 10_000;
/// A request or an answer, in bytes; the companies' are a few kilobytes.
const BODY_MAX: usize = 1 << 20;

/// A request and its answer.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    pub method: String,
    pub path: String,
    pub query: String,
    /// By lower-case name; what proves who calls is left out.
    pub headers: BTreeMap<String, String>,
    pub request: Payload,
    pub status: u16,
    pub answer: Payload,
}

/// A body.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
pub enum Payload {
    Empty,
    Json(Value),
    Text(String),
}

/// The exchanges, oldest first.
#[derive(Debug, Default)]
pub struct Journal(Mutex<VecDeque<Exchange>>);

impl Journal {
    /// All that are kept.
    pub fn all(&self) -> Vec<Exchange> {
        self.lock().iter().cloned().collect()
    }

    fn note(&self, exchange: Exchange) {
        let mut kept = self.lock();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(exchange);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, VecDeque<Exchange>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes what passes.
pub async fn layer(State(journal): State<Arc<Journal>>, request: Request, next: Next) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(asked) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let mut exchange = Exchange {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: plain(&parts.headers),
        request: payload(&parts.headers, &asked),
        status: 0,
        answer: Payload::Empty,
    };
    let (head, body) = next.run(Request::from_parts(parts, Body::from(asked))).await.into_parts();
    let Ok(said) = to_bytes(body, BODY_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    exchange.status = head.status.as_u16();
    exchange.answer = payload(&head.headers, &said);
    journal.note(exchange);
    Response::from_parts(head, Body::from(said))
}

fn plain(headers: &HeaderMap) -> BTreeMap<String, String> {
    let text = |name: &header::HeaderName, value: &header::HeaderValue| {
        (name != header::AUTHORIZATION).then(|| Some((name.to_string(), value.to_str().ok()?.to_owned())))?
    };
    headers.iter().filter_map(|(name, value)| text(name, value)).collect()
}

fn payload(headers: &HeaderMap, body: &Bytes) -> Payload {
    if body.is_empty() {
        return Payload::Empty;
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let json = kind.contains("json").then(|| serde_json::from_slice(body).ok()).flatten();
    json.map_or_else(|| Payload::Text(String::from_utf8_lossy(body).into_owned()), Payload::Json)
}
