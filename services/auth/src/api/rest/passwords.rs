//! Passwords: forgotten, reset, changed.

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
    auth::Customer,
    http::{Json, Problem, problem::ProblemBody},
    server::no_store,
};

use super::fields;
use crate::{
    State,
    api::{origin::Origin, permit::confirmed},
    commands::{
        change_password as change, let_in, open_link, reset_password as reset,
        throttle::{self, Keys, Try},
    },
    domain::{
        audit::Action,
        link::Purpose,
        throttle::{Familiarity, Scope},
        token::Token,
        user::Account,
    },
    gate, store,
};

/// Whose password was forgotten.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Forgotten {
    #[garde(length(chars, max = 254))]
    #[schema(format = "email", max_length = 254, example = "siti@example.com")]
    email: String,
}

/// A new password, and the link that lets it be set.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Reset {
    /// Out of the link.
    #[garde(custom(fields::token))]
    #[schema(value_type = String, min_length = 1, max_length = 512)]
    token: SecretString,
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128, example = "kopi tubruk sore")]
    password: SecretString,
}

/// A link that was sent for a forgotten password.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Unlock {
    /// Out of the link.
    #[garde(custom(fields::token))]
    #[schema(value_type = String, min_length = 1, max_length = 512)]
    token: SecretString,
}

/// The device that opened a link is known.
#[derive(Serialize, ToSchema)]
pub struct KnownDevice {
    /// Keep it on this device and send it with the next log-in.
    device_token: String,
}

/// The old password and the new.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct PasswordChange {
    #[garde(custom(fields::shown_password))]
    #[schema(value_type = String, format = "password", max_length = 128, example = "kopi tubruk pagi")]
    current_password: SecretString,
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128, example = "kopi tubruk sore")]
    password: SecretString,
}

/// Ask for a link to set a new password
///
/// Sends a link to the address, if it has an account. The answer is the same, after the same work, if it has none. An
/// account gets three links an hour.
#[utoipa::path(
    post,
    path = "/api/v1/password/forgot",
    operation_id = "forget_password",
    tag = "auth",
    request_body = Forgotten,
    responses(
        (status = 202, description = "Whoever has the address will find a link in the mailbox"),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 429, description = "Too many from this network; Retry-After says when to come back", body = ProblemBody),
    )
)]
pub async fn forget_password(
    Inject(state): Inject<State>,
    origin: Origin,
    Json(Forgotten { email }): Json<Forgotten>,
) -> Result<StatusCode, Problem> {
    let email = fields::email(&email)?;
    // Of the account nothing is counted here: what is answered must not depend on it, and nobody may use up another's
    // links. See `Purpose::links_max` for what an account gets.
    let (account, network, scopes) =
        (email.as_str(), origin.network(), &[Scope::Network, Scope::NetworkAccount]);
    let attempt = Try { what: "forgot", account, device: "", network, scopes };
    gate::count(&state, &Keys::of(&state.vault, attempt)).await?;
    let mut tx = state.db.begin().await?;
    let (request_id, now) = (tx.new_uuid(), tx.now());
    store::links::insert_reset(tx.conn(), request_id, &email, now).await?;
    let resets = state.resets.clone();
    tx.after_commit(move || resets.notify_one());
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

/// Reset my password
///
/// Sets a new password by a link, and ends all log-ins and all other links to reset the password or change the address. A link sets one password; the same one sent again, such as by a
/// double click, is answered as it was.
#[utoipa::path(
    post,
    path = "/api/v1/password/reset",
    operation_id = "reset_password",
    tag = "auth",
    request_body = Reset,
    responses(
        (status = 200, description = "The password is set; log in with it", body = KnownDevice),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 422, description = "The link is not good any more", body = ProblemBody),
        (status = 429, description = "Too many tries failed; Retry-After says when to come back", body = ProblemBody),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody),
    )
)]
pub async fn reset_password(
    Inject(state): Inject<State>,
    origin: Origin,
    Json(Reset { token, password }): Json<Reset>,
) -> Result<Response, Problem> {
    let token = Token::sent(&token);
    // Looked at before anything is hashed: a made-up link costs nothing.
    let found = store::links::find(state.db.pool(), token.hash()).await?.ok_or(open_link::Error::Dead)?;
    fields::new_password("password", &password, &found.link.email)?;
    if found.link.used_at.is_none() {
        let password_hash = state.passwords.hash(password.clone()).await?;
        let mut tx = state.db.begin().await?;
        match reset::run(&mut tx, &origin.stranger(), origin.network(), &token, &password_hash).await {
            Ok(device) => {
                tx.commit().await?;
                return Ok(known(&device));
            }
            // Perhaps by a twin of this request, a moment ago.
            Err(open_link::Error::Dead) => tx.rollback().await?,
            Err(error) => return Err(error.into()),
        }
    }
    reset_again(&state, &origin, &token, password).await
}

/// Answers a form that was sent again: what it asks for is done, if the password is the one that the link set. Counted, so
/// that nobody guesses by a used link.
async fn reset_again(
    state: &State,
    origin: &Origin,
    token: &Token,
    password: SecretString,
) -> Result<Response, Problem> {
    let (pool, dead) = (state.db.pool(), open_link::Error::Dead);
    let Some(found) = store::links::find(pool, token.hash()).await? else { return Err(dead.into()) };
    let account = store::users::find(pool, found.user_id).await?;
    let fits = |account: &Account| found.link.opened(&account.user.email, state.db.clock().now());
    if found.link.purpose != Purpose::ResetPassword || !account.as_ref().is_some_and(fits) {
        return Err(dead.into());
    }
    let (network, scopes) = (origin.network(), Familiarity::Stranger.scopes());
    let attempt = Try { what: "reset", account: found.link.email.as_str(), device: "", network, scopes };
    let keys = Keys::of(&state.vault, attempt);
    let stored = store::users::password_hash(pool, found.user_id).await?;
    let (right, _turn) = gate::password(state, &keys, password, stored).await?;
    if !right {
        return Err(dead.into());
    }
    let mut tx = state.db.begin().await?;
    throttle::forgive(&mut tx, &keys).await?;
    let device = let_in::remember(&mut tx, found.user_id, network).await?;
    tx.commit().await?;
    Ok(known(&device))
}

fn known(device: &Token) -> Response {
    no_store(Json(KnownDevice { device_token: device.reveal().to_owned() }).into_response())
}

/// Let me in although others guess
///
/// For an owner who knows the password and is told to wait, because somebody guesses at the account: opens a link of
/// `/api/v1/password/forgot` and leaves the password as it is; the link stays good. Log-ins with the `device_token`, and
/// from this network, are then counted apart from everybody else's.
#[utoipa::path(
    post,
    path = "/api/v1/login/unlock",
    operation_id = "unlock_login",
    tag = "auth",
    request_body = Unlock,
    responses(
        (status = 200, description = "The device is known; log in with it", body = KnownDevice),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 422, description = "The link is not good any more", body = ProblemBody),
    )
)]
pub async fn unlock_login(
    Inject(state): Inject<State>,
    origin: Origin,
    Json(Unlock { token }): Json<Unlock>,
) -> Result<Response, Problem> {
    let mut tx = state.db.begin().await?;
    let device = let_in::run(&mut tx, &origin.stranger(), origin.network(), &Token::sent(&token)).await?;
    tx.commit().await?;
    Ok(known(&device))
}

/// Change my password
///
/// Ends all other log-ins, and links that were sent to change the address or reset the password.
#[utoipa::path(
    post,
    path = "/api/v1/account/password",
    operation_id = "change_password",
    tag = "auth",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "The password is changed"),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 403, description = "The password is wrong", body = ProblemBody),
        (status = 404, description = "The account is gone", body = ProblemBody),
        (status = 429, description = "Too many tries failed; Retry-After says when to come back", body = ProblemBody),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody),
    )
)]
pub async fn change_password(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    Json(PasswordChange { current_password, password }): Json<PasswordChange>,
) -> Result<StatusCode, Problem> {
    let account = store::users::find(state.db.pool(), caller.sub).await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    fields::new_password("password", &password, &account.user.email)?;
    let shown = confirmed(&state, &caller, &origin, current_password).await?;
    let password_hash = state.passwords.hash(password).await?;
    let mut tx = state.db.begin().await?;
    let account = shown.still(&mut tx, caller.sub).await?;
    let (actor, network, action) = (origin.actor(caller.sub), origin.network(), Action::ChangePassword);
    change::run(&mut tx, &actor, &account, &password_hash, caller.sid, network, action).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
