//! What a write answers.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

/// A status, what it is about, and for what was made where it is.
#[derive(Debug)]
pub struct Reply<T> {
    pub(super) status: StatusCode,
    pub(super) location: Option<String>,
    pub(super) body: T,
}

impl<T> Reply<T> {
    /// 200: done, and this is how it stands.
    pub fn ok(body: T) -> Self {
        Self { status: StatusCode::OK, location: None, body }
    }

    /// 202: decided; `body` says how far it is.
    pub fn accepted(body: T) -> Self {
        Self { status: StatusCode::ACCEPTED, location: None, body }
    }

    /// 201: made, and `location` is its path, or of what it is seen in (RFC 9110, section 15.3.2).
    pub fn created(location: impl Into<String>, body: T) -> Self {
        Self { status: StatusCode::CREATED, location: Some(location.into()), body }
    }
}

impl<T: Serialize> IntoResponse for Reply<T> {
    fn into_response(self) -> Response {
        let response = (self.status, axum::Json(self.body)).into_response();
        at(response, self.location.as_deref())
    }
}

/// Adds `Location`.
pub(super) fn at(mut response: Response, location: Option<&str>) -> Response {
    if let Some(location) = location.and_then(|location| HeaderValue::from_str(location).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}
