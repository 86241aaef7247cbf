//! Whose cart a request means: the user's of the token, else the guest's of `X-Cart-Token`, else nobody's yet.

use axum::{extract::FromRequestParts, http::request::Parts};
use warung_chassis::{auth::Guest, http::Problem};

use crate::store::{GuestToken, Owner};

/// The header that carries a guest's token.
pub const HEADER: &str = "x-cart-token";

/// Whoever the request is from; none for a guest who has no cart yet.
#[derive(Debug, Clone)]
pub struct Caller(pub Option<Owner>);

/// The guest token of a request, if it has one.
#[derive(Debug, Clone)]
pub struct SentToken(pub Option<GuestToken>);

impl<S: Send + Sync> FromRequestParts<S> for SentToken {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(HEADER) else { return Ok(Self(None)) };
        let token = value.to_str().unwrap_or("").parse();
        token
            .map(|token| Self(Some(token)))
            .map_err(|error| Problem::field("X-Cart-Token", error.to_string()))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        // A token that was sent must be valid: it is never silently a guest's request.
        let Guest(claims) = Guest::from_request_parts(parts, state).await?;
        if let Some(claims) = claims {
            return Ok(Self(Some(Owner::User(claims.sub))));
        }
        let SentToken(token) = SentToken::from_request_parts(parts, state).await?;
        Ok(Self(token.map(Owner::Guest)))
    }
}
