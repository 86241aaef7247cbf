//! The caller's second factor: codes of an authenticator (RFC 6238).

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
    auth::{Claims, Customer},
    db::Tx,
    http::{Json, Problem, problem::ProblemBody},
    server::no_store,
};

use super::fields;
use crate::{
    State,
    api::{
        origin::Origin,
        permit::{self, confirmed},
    },
    commands::{confirm_totp as confirm, disable_totp as disable, propose_totp as propose, throttle},
    domain::totp,
    gate,
};

/// What shows that the account is the caller's.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Proposal {
    #[garde(custom(fields::shown_password))]
    #[schema(value_type = String, format = "password", max_length = 128, example = "kopi tubruk pagi")]
    password: SecretString,
}

/// A secret for an authenticator, shown once.
#[derive(Serialize, ToSchema)]
pub struct Secret {
    /// To be typed, in Base32.
    secret: String,
    /// To be scanned as a QR code.
    uri: String,
}

/// A code of the authenticator.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Confirmation {
    #[garde(custom(fields::code))]
    #[schema(value_type = String, min_length = 1, max_length = 40, example = "287082")]
    code: SecretString,
}

/// Codes for whoever lost the authenticator, shown once; each is good once.
#[derive(Serialize, ToSchema)]
pub struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// What turns the second factor off.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Removal {
    #[garde(custom(fields::shown_password))]
    #[schema(value_type = String, format = "password", max_length = 128, example = "kopi tubruk pagi")]
    password: SecretString,
    /// A code of the authenticator, or a recovery code.
    #[garde(custom(fields::code))]
    #[schema(value_type = String, min_length = 1, max_length = 40, example = "287082")]
    code: SecretString,
}

/// Begin a second factor
///
/// Gives a secret; log-ins ask for its codes once one of them was confirmed. The account's address must be verified.
#[utoipa::path(
    post,
    path = "/api/v1/account/totp",
    operation_id = "propose_totp",
    tag = "auth",
    request_body = Proposal,
    responses(
        (status = 200, description = "The secret; confirm it with a code", body = Secret),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 403, description = "The password is wrong", body = ProblemBody),
        (status = 404, description = "The account is gone", body = ProblemBody),
        (status = 409, description = "There is a second factor already, or the address is not verified", body = ProblemBody),
        (status = 429, description = "Too many tries failed; Retry-After says when to come back", body = ProblemBody),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody),
    )
)]
pub async fn propose_totp(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    Json(Proposal { password }): Json<Proposal>,
) -> Result<Response, Problem> {
    let shown = confirmed(&state, &caller, &origin, password).await?;
    let mut tx = state.db.begin().await?;
    let account = shown.still(&mut tx, caller.sub).await?;
    let secret = propose::run(&mut tx, &state.vault, &account).await?;
    tx.commit().await?;
    let uri = totp::uri(&state.shop, account.user.email.as_str(), &secret);
    Ok(no_store(Json(Secret { secret: totp::base32(&secret), uri }).into_response()))
}

/// Confirm a second factor
///
/// Turns it on, and gives the recovery codes.
#[utoipa::path(
    post,
    path = "/api/v1/account/totp/confirm",
    operation_id = "confirm_totp",
    tag = "auth",
    request_body = Confirmation,
    responses(
        (status = 200, description = "It is on; keep the codes", body = RecoveryCodes),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 401, description = "No valid token, or the code is wrong", body = ProblemBody),
        (status = 403, description = "The account is suspended", body = ProblemBody),
        (status = 409, description = "There is no secret to confirm, or the address is not verified", body = ProblemBody),
        (status = 429, description = "Too many tries failed; Retry-After says when to come back", body = ProblemBody),
    )
)]
pub async fn confirm_totp(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    Json(Confirmation { code }): Json<Confirmation>,
) -> Result<Response, Problem> {
    let mut tx = counted(&state, &caller, &origin).await?;
    let actor = origin.actor(caller.sub);
    let codes = confirm::run(&mut tx, &state.vault, &actor, caller.sub, code.expose_secret()).await?;
    tx.commit().await?;
    Ok(no_store(Json(RecoveryCodes { recovery_codes: codes }).into_response()))
}

/// End the second factor
#[utoipa::path(
    post,
    path = "/api/v1/account/totp/disable",
    operation_id = "disable_totp",
    tag = "auth",
    request_body = Removal,
    responses(
        (status = 204, description = "Log-ins need the password alone"),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 401, description = "No valid token, or the code is wrong", body = ProblemBody),
        (status = 403, description = "The password is wrong", body = ProblemBody),
        (status = 409, description = "There is no second factor", body = ProblemBody),
        (status = 429, description = "Too many tries failed; Retry-After says when to come back", body = ProblemBody),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody),
    )
)]
pub async fn disable_totp(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    Json(Removal { password, code }): Json<Removal>,
) -> Result<StatusCode, Problem> {
    let shown = confirmed(&state, &caller, &origin, password).await?;
    let mut tx = counted(&state, &caller, &origin).await?;
    shown.still(&mut tx, caller.sub).await?;
    let actor = origin.actor(caller.sub);
    disable::run(&mut tx, &state.vault, &actor, caller.sub, code.expose_secret()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Counts a try at a code, and begins the unit of work that takes the count back if the code is right: one that is
/// wrong ends it without a commit.
async fn counted(state: &State, caller: &Claims, origin: &Origin) -> Result<Tx, Problem> {
    let keys = permit::keys(state, caller, origin, "code");
    gate::count(state, &keys).await?;
    let mut tx = state.db.begin().await?;
    throttle::forgive(&mut tx, &keys).await?;
    Ok(tx)
}
