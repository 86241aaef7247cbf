//! Log-ins and their tokens.

use axum::{
    extract::State as Inject,
    http::StatusCode,
    response::{IntoResponse as _, Response},
};
use garde::Validate;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    http::{Json, Problem, problem::ProblemBody},
    server::no_store,
};

use crate::{
    State,
    api::problems,
    commands::{logout, open_session, refresh},
    domain::{email::Email, password, refresh_token::RefreshToken, user::User},
    store,
};

/// Characters of a token at most; ours have 47.
const TOKEN_MAX: usize = 512;

/// Who wants in.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Login {
    #[garde(length(chars, max = 254))]
    #[schema(format = "email", example = "siti@example.com")]
    email: String,
    #[schema(value_type = String, format = "password", example = "kopi tubruk pagi")]
    password: SecretString,
}

/// A refresh token that was given out.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct SentToken {
    /// As it came.
    #[garde(custom(|token: &SecretString, _| token_length(token)))]
    #[schema(value_type = String)]
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
}

/// Log in
#[utoipa::path(
    post,
    path = "/api/v1/login",
    operation_id = "create_session",
    tag = "auth",
    request_body = Login,
    responses(
        (status = 200, description = "Tokens of this log-in", body = Tokens),
        (status = 400, description = "A field is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "The address or the password is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn create_session(
    Inject(state): Inject<State>,
    Json(Login { email, password }): Json<Login>,
) -> Result<Response, Problem> {
    // Longer ones can't be anybody's, and would only cost time to hash.
    if password.expose_secret().chars().count() > password::LENGTH_MAX {
        return Err(Problem::field("password", "must have at most 128 characters"));
    }
    let found = match email.parse::<Email>() {
        Ok(email) => store::users::find_by_email(state.db.pool(), &email).await?,
        Err(_) => None,
    };
    let (user, stored) = found.map(|found| (found.user, found.password_hash)).unzip();
    let right = state.passwords.verify(password, stored).await?;
    let user = user.filter(|_| right).ok_or_else(problems::wrong_credentials)?;
    let token = RefreshToken::of(rand::random());
    let mut tx = state.db.begin().await?;
    open_session::run(&mut tx, user.user_id, &token, state.config.refresh_ttl).await?;
    tx.commit().await?;
    tokens(&state, &user, &token)
}

/// Refresh
///
/// Exchanges a refresh token for new tokens. Each is good once; one that comes back later ends the log-in for
/// everybody who holds a token of it. Of two requests at once the second gets 409.
#[utoipa::path(
    post,
    path = "/api/v1/refresh",
    operation_id = "refresh_session",
    tag = "auth",
    request_body = SentToken,
    responses(
        (status = 200, description = "New tokens", body = Tokens),
        (status = 400, description = "A field is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "The token is not valid any more", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another request exchanged it a moment ago", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn refresh_session(
    Inject(state): Inject<State>,
    Json(SentToken { refresh_token }): Json<SentToken>,
) -> Result<Response, Problem> {
    let sent = RefreshToken::sent(refresh_token.expose_secret().to_owned());
    let next = RefreshToken::of(rand::random());
    let mut tx = state.db.begin().await?;
    let outcome = refresh::run(&mut tx, &sent, &next, state.config.refresh_ttl).await?;
    tx.commit().await?;
    match outcome {
        refresh::Outcome::Exchanged(user) => tokens(&state, &user, &next),
        refresh::Outcome::Twin => Err(problems::refresh_twin()),
        refresh::Outcome::Refused | refresh::Outcome::Reused => Err(problems::refresh_refused()),
    }
}

/// Log out
///
/// Ends the log-in that the refresh token belongs to. Access tokens already given out live until they end.
#[utoipa::path(
    post,
    path = "/api/v1/logout",
    operation_id = "delete_session",
    tag = "auth",
    request_body = SentToken,
    responses(
        (status = 204, description = "The log-in is over, or there was none"),
        (status = 400, description = "A field is not valid", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn delete_session(
    Inject(state): Inject<State>,
    Json(SentToken { refresh_token }): Json<SentToken>,
) -> Result<StatusCode, Problem> {
    let token = RefreshToken::sent(refresh_token.expose_secret().to_owned());
    let mut tx = state.db.begin().await?;
    logout::run(&mut tx, &token).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn tokens(state: &State, user: &User, refresh_token: &RefreshToken) -> Result<Response, Problem> {
    let ttl = state.config.access_ttl;
    let access_token = state.signer.sign(user, state.db.clock().now(), ttl).map_err(Problem::internal)?;
    let body = Tokens {
        access_token,
        token_type: "Bearer",
        expires_in: ttl.whole_seconds(),
        refresh_token: refresh_token.reveal().to_owned(),
    };
    Ok(no_store(Json(body).into_response()))
}

fn token_length(token: &SecretString) -> garde::Result {
    match token.expose_secret().len() {
        1..=TOKEN_MAX => Ok(()),
        _ => Err(garde::Error::new("is not a refresh token; send it as it came")),
    }
}
