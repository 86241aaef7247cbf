//! Tokens of a log-in: given, exchanged, ended.

use axum::{
    extract::State as Inject,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    http::{Json, Problem, problem::ProblemBody},
    server::no_store,
};

use super::fields;
use crate::{
    State,
    api::{origin::Origin, problems},
    commands::{logout, refresh},
    domain::{token::Token, user::User},
    signer::Login,
};

/// A refresh token that was given out.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct SentToken {
    /// As it came.
    #[garde(custom(fields::token))]
    #[schema(value_type = String, min_length = 1, max_length = 512)]
    refresh_token: SecretString,
}

/// Tokens of a log-in (the fields of RFC 6749, section 5.1).
#[derive(Serialize, ToSchema)]
pub struct Tokens {
    /// Send it as `Authorization: Bearer <access_token>`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token ends.
    expires_in: i64,
    /// Good once: exchange it at /api/v1/refresh before or after the access token ends.
    refresh_token: String,
    /// Keep it on this device and send it with the next log-in: then nobody who guesses at the account slows you down.
    /// Only in answers to log-ins of a device that was not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_token: Option<String>,
}

/// Refresh
///
/// Exchanges a refresh token for new tokens. Each is good once; one that comes back later ends the log-in for
/// everybody who holds a token of it. Sent again within 10 s, as after a lost answer, it gets the same refresh token again
/// while that is unused, and 409 after.
#[utoipa::path(
    post,
    path = "/api/v1/refresh",
    operation_id = "refresh_session",
    tag = "auth",
    request_body = SentToken,
    responses(
        (status = 200, description = "New tokens", body = Tokens),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 401, description = "The token is not valid any more", body = ProblemBody),
        (status = 409, description = "It was exchanged a moment ago, and so was what that gave", body = ProblemBody),
    )
)]
pub async fn refresh_session(
    Inject(state): Inject<State>,
    origin: Origin,
    Json(SentToken { refresh_token }): Json<SentToken>,
) -> Result<Response, Problem> {
    let sent = Token::sent(&refresh_token);
    let next = state.vault.refresh_token_after(&sent);
    let mut tx = state.db.begin().await?;
    let outcome = refresh::run(&mut tx, &origin.stranger(), &sent, &next, state.config.refresh_ttl).await?;
    tx.commit().await?;
    match outcome {
        refresh::Outcome::Exchanged(user, login) => answer(&state, &user, login, &next, None),
        refresh::Outcome::Twin => Err(problems::refresh_twin()),
        refresh::Outcome::Refused | refresh::Outcome::Reused => Err(problems::refresh_refused()),
    }
}

/// Log out
///
/// Ends the log-in that the refresh token belongs to. Access tokens already given out are good for nothing at the account any
/// more; elsewhere they live until they end.
#[utoipa::path(
    post,
    path = "/api/v1/logout",
    operation_id = "delete_session",
    tag = "auth",
    request_body = SentToken,
    responses(
        (status = 204, description = "The log-in is over, or there was none"),
        (status = 400, description = "A field is not valid", body = ProblemBody),
    )
)]
pub async fn delete_session(
    Inject(state): Inject<State>,
    origin: Origin,
    Json(SentToken { refresh_token }): Json<SentToken>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.db.begin().await?;
    logout::run(&mut tx, &origin.stranger(), &Token::sent(&refresh_token)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tokens for a log-in.
///
/// # Errors
///
/// When the access token can't be signed.
pub fn answer(
    state: &State,
    user: &User,
    login: Login,
    refresh_token: &Token,
    device_token: Option<&Token>,
) -> Result<Response, Problem> {
    let access_token = state.signer.sign(user, login, state.db.clock()).map_err(Problem::internal)?;
    let body = Tokens {
        access_token,
        token_type: "Bearer",
        expires_in: state.signer.ttl_seconds(),
        refresh_token: refresh_token.reveal().to_owned(),
        device_token: device_token.map(|token| token.reveal().to_owned()),
    };
    Ok(no_store(Json(body).into_response()))
}
