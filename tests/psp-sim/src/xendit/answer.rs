//! What every request is checked for, and how errors are written.

use std::sync::OnceLock;

use axum::{
    Json,
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::format_description};

use super::SECRET_KEY;

const API_VERSION: &str = "2024-11-11";

/// An answer: JSON with its status.
pub type Answer = (StatusCode, Json<Value>);

/// A success.
pub fn ok(body: Value) -> Answer {
    (StatusCode::OK, Json(body))
}

/// An error in Xendit's form.
pub fn error(status: u16, code: &str, message: &str) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({"error_code": code, "message": message})))
}

/// Something is wrong with the request's form.
pub fn invalid(message: &str) -> Answer {
    error(400, "API_VALIDATION_ERROR", message)
}

/// There is no such thing.
pub fn not_found() -> Answer {
    error(404, "DATA_NOT_FOUND", "No data was found for that id")
}

/// Lets requests with the secret key pass, and on v3 with the version.
pub async fn check(request: Request, next: Next) -> Response {
    static EXPECTED: OnceLock<String> = OnceLock::new();
    let expected = EXPECTED.get_or_init(|| format!("Basic {}", STANDARD.encode(format!("{SECRET_KEY}:"))));
    let headers = request.headers();
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value.as_bytes() != expected.as_bytes()) {
        return error(401, "INVALID_API_KEY", "API key format is invalid").into_response();
    }
    let version = headers.get("api-version").is_some_and(|value| value.as_bytes() == API_VERSION.as_bytes());
    if request.uri().path().starts_with("/v3/") && !version {
        return invalid("api-version must be 2024-11-11").into_response();
    }
    next.run(request).await
}

/// RFC 3339 with milliseconds.
pub fn time(at: OffsetDateTime) -> String {
    let form = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    at.to_offset(time::UtcOffset::UTC).format(form).unwrap_or_default()
}

/// Adds what is there.
pub fn put(body: &mut Value, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        body[name] = value.into();
    }
}
