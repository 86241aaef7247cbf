//! In which language a reader wants the names of goods. Which there are, product knows.

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};

/// Characters of the header that are passed on.
const LENGTH_MAX: usize = 200;

/// The caller's `Accept-Language`; empty without one.
#[derive(Debug, Clone)]
pub struct Language(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(header.unwrap_or_default().chars().take(LENGTH_MAX).collect()))
    }
}
