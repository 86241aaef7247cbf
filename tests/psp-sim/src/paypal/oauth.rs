//! Access tokens.

use std::sync::Arc;

use axum::{
    Form, Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;
use time::Duration;

use super::{CLIENT_ID, CLIENT_SECRET, PayPal, errors::Unauthorized};
use crate::world::World;

/// Nine hours.
const LASTS: Duration = Duration::seconds(32_400);

#[derive(Debug, Deserialize)]
pub struct Asked {
    grant_type: String,
}

pub async fn token(
    State(world): State<Arc<World<PayPal>>>,
    headers: HeaderMap,
    asked: Result<Form<Asked>, axum::extract::rejection::FormRejection>,
) -> Response {
    let error = |status: StatusCode, code: &str, text: &str| {
        (status, Json(json!({"error": code, "error_description": text}))).into_response()
    };
    let expected = format!("Basic {}", STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
    if headers.get(header::AUTHORIZATION).is_none_or(|value| value.as_bytes() != expected.as_bytes()) {
        return error(StatusCode::UNAUTHORIZED, "invalid_client", "Client Authentication failed");
    }
    if !asked.is_ok_and(|Form(asked)| asked.grant_type == "client_credentials") {
        return error(StatusCode::BAD_REQUEST, "unsupported_grant_type", "unsupported grant_type");
    }
    let desk = &world.desk;
    let token = format!("A21AA{}", desk.ids.code(60));
    world.books().tokens.insert(token.clone(), desk.clock.now() + LASTS);
    let scope = "https://uri.paypal.com/services/payments/realtimepayment";
    let nonce = desk.ids.hex(24);
    Json(json!({
        "scope": scope, "access_token": token, "token_type": "Bearer", "app_id": "APP-80W284485P519543T",
        "expires_in": LASTS.whole_seconds(), "nonce": nonce,
    }))
    .into_response()
}

/// Refuses who has no token that lasts.
pub fn check(books: &PayPal, world: &World<PayPal>, headers: &HeaderMap) -> Result<(), Unauthorized> {
    let sent =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let until = sent.and_then(|token| books.tokens.get(token));
    let lasts = until.is_some_and(|until| *until > world.desk.clock.now());
    if lasts { Ok(()) } else { Err(Unauthorized) }
}
