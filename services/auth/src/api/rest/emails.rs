//! Addresses: shown to be their owner's, changed.

use axum::{extract::State as Inject, http::StatusCode};
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;
use warung_chassis::{
    auth::Customer,
    http::{Json, Problem, problem::ProblemBody},
};

use super::fields;
use crate::{
    State,
    api::{
        origin::Origin,
        permit::{self, confirmed},
        problems,
    },
    commands::{ask_email_change, ask_verification, open_link},
    domain::token::Token,
};

/// A link that was sent to an address.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct OpenedLink {
    /// Out of the link.
    #[garde(custom(fields::token))]
    #[schema(value_type = String, min_length = 1, max_length = 512)]
    token: SecretString,
}

/// Another address.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct EmailChange {
    #[garde(length(chars, max = 254))]
    #[schema(format = "email", max_length = 254, example = "siti.rahma@example.com")]
    email: String,
    #[garde(custom(fields::shown_password))]
    #[schema(value_type = String, format = "password", max_length = 128, example = "kopi tubruk pagi")]
    password: SecretString,
}

/// Verify an address
///
/// Opens a link: the address is shown to be its owner's, or becomes the account's. Whoever opens it is logged in to the
/// account that it was sent for: a stranger who registered with another's address, or asked for it, does not get it by a click
/// of its owner. A link is good for a day; opened again, such as by a double click, it changes nothing and answers the same.
#[utoipa::path(
    post,
    path = "/api/v1/email/verify",
    operation_id = "verify_email",
    tag = "auth",
    request_body = OpenedLink,
    responses(
        (status = 204, description = "The address is verified"),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 403, description = "The account is suspended", body = ProblemBody),
        (status = 409, description = "Another account has the address by now", body = ProblemBody),
        (status = 422, description = "The link is not good any more, or another account's", body = ProblemBody),
    )
)]
pub async fn verify_email(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    Json(OpenedLink { token }): Json<OpenedLink>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.db.begin().await?;
    open_link::run(&mut tx, &origin.actor(caller.sub), caller.sub, &Token::sent(&token)).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send the link again
#[utoipa::path(
    post,
    path = "/api/v1/account/email/verification",
    operation_id = "request_verification",
    tag = "auth",
    responses(
        (status = 202, description = "A link is on its way to the address"),
        (status = 403, description = "The account is suspended", body = ProblemBody),
        (status = 404, description = "The account is gone", body = ProblemBody),
        (status = 409, description = "The address is verified already", body = ProblemBody),
        (status = 429, description = "Several were sent lately", body = ProblemBody),
    )
)]
pub async fn request_verification(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.db.begin().await?;
    ask_verification::run(&mut tx, &state.vault, caller.sub).await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}

/// Change my address
///
/// Sends a link to the new address; nothing changes before it is opened. The old address is told at once, and again when it
/// has changed; a new password ends the link. An address that has an account gets no link, and the answer is the same. An
/// account with a second factor needs a log-in of the last ten minutes.
#[utoipa::path(
    post,
    path = "/api/v1/account/email",
    operation_id = "change_email",
    tag = "auth",
    request_body = EmailChange,
    responses(
        (status = 202, description = "Whoever has the new address will find a link in the mailbox"),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 403, description = "The password is wrong, or the log-in too long ago", body = ProblemBody),
        (status = 404, description = "The account is gone", body = ProblemBody),
        (status = 429, description = "Too many tries failed, or several links were sent lately", body = ProblemBody),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody),
    )
)]
pub async fn change_email(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    Json(EmailChange { email, password }): Json<EmailChange>,
) -> Result<StatusCode, Problem> {
    let email = fields::email(&email)?;
    let shown = confirmed(&state, &caller, &origin, password).await?;
    let recent = permit::is_recent(&state, &caller);
    let mut tx = state.db.begin().await?;
    let account = shown.still(&mut tx, caller.sub).await?;
    if account.second_factor && !recent {
        return Err(problems::second_factor_again());
    }
    // The administrator's address is given out at start: nobody else moves to it.
    let (actor, reserved) = (origin.actor(caller.sub), email == state.config.admin_email);
    ask_email_change::run(&mut tx, &state.vault, &actor, &account, &email, reserved).await?;
    tx.commit().await?;
    Ok(StatusCode::ACCEPTED)
}
