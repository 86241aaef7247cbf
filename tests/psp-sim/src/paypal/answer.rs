//! What every answer has.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Response, StatusCode, header},
    middleware::Next,
    response::IntoResponse,
};
use serde_json::Value;

/// Gives errors the `debug_id` that PayPal's support asks for.
pub async fn debug_id(request: Request, next: Next) -> Response<Body> {
    let answer = next.run(request).await;
    if answer.status().as_u16() < 400 {
        return answer;
    }
    let (mut head, body) = answer.into_parts();
    let Ok(bytes) = to_bytes(body, 1 << 16).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Ok(mut body) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    if body.get("name").is_some() {
        body["debug_id"] = format!("{:013x}", crc32fast::hash(&bytes)).into();
    }
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, Body::from(body.to_string()))
}

/// Whether the whole of a thing is wanted, and not its id, status and links alone.
pub fn whole(headers: &HeaderMap) -> bool {
    headers.get("prefer").is_some_and(|value| value.as_bytes() == b"return=representation")
}

/// What is wanted of a thing.
pub fn trim(headers: &HeaderMap, body: Value) -> Value {
    if whole(headers) {
        return body;
    }
    let keep = ["id", "status", "links", "payment_source", "purchase_units"];
    match body {
        Value::Object(fields) => {
            fields.into_iter().filter(|(name, _)| keep.contains(&name.as_str())).collect()
        }
        other => other,
    }
}
