//! Who sends a request about an order: an account, or whoever holds the order's token.

use axum::{extract::FromRequestParts, http::request::Parts};
use warung_chassis::{
    auth::{Guest, Permission},
    http::Problem,
};
use warung_contracts::guest::ORDER_TOKEN;

use crate::domain::{
    Identity,
    guest::{CartToken, caller_by_token, sha256},
};

/// The header that carries the token of a guest's cart.
const CART_TOKEN: &str = "x-cart-token";

/// The sender of a request about an order.
#[derive(Debug, Clone)]
pub struct Caller(pub Identity);

impl Caller {
    /// By what an idempotency key is told from those of others.
    pub fn name(&self) -> String {
        match (&self.0.user, &self.0.token_hash) {
            (Some(user), _) => user.to_string(),
            (None, Some(hash)) => caller_by_token(hex::encode(hash)),
            (None, None) => "nobody".to_owned(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Guest(claims) = Guest::from_request_parts(parts, state).await?;
        let may = |permission| claims.as_ref().is_some_and(|claims| claims.may(permission));
        let token = parts.headers.get(ORDER_TOKEN).and_then(|value| value.to_str().ok());
        Ok(Self(Identity {
            sees_all: may(Permission::OrdersRead),
            cancels_all: may(Permission::OrdersCancel),
            corrects_all: may(Permission::OrdersCorrect),
            user: claims.map(|claims| claims.sub),
            token_hash: token.map(sha256),
        }))
    }
}

/// The token of a guest's cart, if one was sent.
#[derive(Debug, Clone)]
pub struct SentCart(pub Option<CartToken>);

impl<S: Send + Sync> FromRequestParts<S> for SentCart {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(CART_TOKEN) else { return Ok(Self(None)) };
        let token = value.to_str().unwrap_or("").parse();
        token.map(|token| Self(Some(token))).map_err(|error: crate::domain::guest::NotAToken| {
            Problem::field("X-Cart-Token", error.to_string())
        })
    }
}
