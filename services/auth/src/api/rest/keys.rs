//! The public keys that check access tokens.

use crate::State;
use axum::{
    extract::State as Inject,
    http::header,
    response::{IntoResponse, Response},
};

/// How long others may keep the keys: shorter than a new key is published before it signs.
const CACHE: &str = "public, max-age=300";

/// Show the public keys
///
/// The JSON Web Key Set (RFC 7517) that access tokens are checked with.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "get_keys",
    tag = "auth",
    responses((status = 200, description = "The key set", body = serde_json::Value))
)]
pub async fn get_keys(Inject(state): Inject<State>) -> Response {
    ([(header::CACHE_CONTROL, CACHE)], axum::Json(state.signer.jwks(state.db.clock().now()))).into_response()
}
