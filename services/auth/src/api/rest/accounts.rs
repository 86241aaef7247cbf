//! Accounts: made, shown to their owner, deleted.

use axum::{extract::State as Inject, http::StatusCode};
use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use warung_chassis::{
    auth::{Customer, Role},
    http::{Json, Problem, Reply, problem::ProblemBody},
};
use warung_contracts::id::UserId;

use super::fields;
use crate::{
    State,
    api::{
        origin::Origin,
        permit::{self, confirmed},
        problems,
    },
    commands::{
        delete_account as delete, register,
        throttle::{Keys, Try},
    },
    domain::{email::Email, locale, name, throttle::Scope},
    gate, store,
};

/// Who wants an account.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Registration {
    /// Case makes no difference.
    #[garde(custom(|text: &str, _| text.parse::<Email>().map(drop).map_err(garde::Error::new)))]
    #[schema(format = "email", max_length = 254, example = "siti@example.com")]
    email: String,
    /// 8 to 128 characters of any kind; passwords that everybody tries first are refused.
    #[garde(custom(fields::chosen_password(&self.email)))]
    #[schema(value_type = String, format = "password", min_length = 8, max_length = 128, example = "kopi tubruk pagi")]
    password: SecretString,
    /// What people are called.
    #[garde(custom(|text: &str, _| name::parse(text).map(drop).map_err(garde::Error::new)))]
    #[schema(min_length = 1, max_length = 100, example = "Siti Rahma")]
    name: String,
    /// BCP 47 tag of the language of emails; `id` when left out.
    #[garde(inner(custom(|text: &str, _| locale::parse(text).map(drop).map_err(garde::Error::new))))]
    #[schema(example = "id")]
    locale: Option<String>,
}

/// A new account.
#[derive(Serialize, ToSchema)]
pub struct NewAccount {
    id: UserId,
    /// The normalised address.
    email: String,
}

/// What auth knows of the caller.
#[derive(Serialize, ToSchema)]
pub struct OwnAccount {
    id: UserId,
    email: String,
    /// Whether somebody opened a link that was sent to the address.
    email_verified: bool,
    /// The greatest role: `customer`, `staff` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    /// Whether a log-in needs a second factor.
    second_factor: bool,
    /// Recovery codes that are left.
    recovery_codes_left: i64,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
}

/// What shows that the account is the caller's.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
pub struct Deletion {
    /// Not needed soon after a log-in; checked whenever it is there.
    #[garde(inner(custom(fields::shown_password)))]
    #[schema(value_type = Option<String>, format = "password", max_length = 128)]
    password: Option<SecretString>,
}

/// Register
///
/// Makes an account and sends a link to its address. Its profile appears a moment later.
#[utoipa::path(
    post,
    path = "/api/v1/register",
    operation_id = "register_account",
    tag = "auth",
    request_body = Registration,
    responses(
        (status = 201, description = "The account is made; log in to get tokens", body = NewAccount),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 409, description = "The address has an account", body = ProblemBody),
        (status = 429, description = "Too many from one network; Retry-After says when to come back", body = ProblemBody),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody),
    )
)]
pub async fn register_account(
    Inject(state): Inject<State>,
    origin: Origin,
    Json(body): Json<Registration>,
) -> Result<Reply<NewAccount>, Problem> {
    let Registration { email, password, name, locale } = body;
    let email = fields::email(&email)?;
    // The administrator's address is given out at start, not to whoever comes first.
    if email == state.config.admin_email {
        return Err(problems::email_taken());
    }
    let input = register::Input {
        name: name::parse(&name).map_err(|wrong| Problem::field("name", wrong))?,
        locale: locale::parse(locale.as_deref().unwrap_or(locale::DEFAULT))
            .map_err(|wrong| Problem::field("locale", wrong))?,
        password_hash: gate::new_password(&state, &registrations(&state, &origin), password)
            .await
            .map_err(problems::not_registered)?,
        network: Some(origin.network()),
        email,
        role: Role::Customer,
    };
    let mut tx = state.db.begin().await?;
    let user = register::run(&mut tx, &state.vault, &origin.stranger(), input).await?;
    tx.commit().await?;
    state.metrics.registrations.inc();
    let account = NewAccount { id: user.user_id, email: user.email.to_string() };
    Ok(Reply::created("/api/v1/account", account))
}

/// What a registration counts for: each costs a hash, and anybody may send one.
fn registrations(state: &State, origin: &Origin) -> Keys {
    let (what, network) = ("register", origin.network());
    Keys::of(&state.vault, Try { what, account: "", device: "", network, scopes: &[Scope::Network] })
}

/// Show my account
#[utoipa::path(
    get,
    path = "/api/v1/account",
    operation_id = "get_account",
    tag = "auth",
    responses(
        (status = 200, description = "The account", body = OwnAccount),
        (status = 403, description = "The account is suspended", body = ProblemBody),
        (status = 404, description = "The account is gone", body = ProblemBody),
    )
)]
pub async fn get_account(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
) -> Result<Json<OwnAccount>, Problem> {
    let account = store::users::find(state.db.pool(), caller.sub).await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    let recovery_codes_left = store::factors::codes_left(state.db.pool(), caller.sub).await?;
    Ok(Json(OwnAccount {
        id: account.user.user_id,
        email: account.user.email.to_string(),
        email_verified: account.email_verified_at.is_some(),
        role: account.user.role,
        second_factor: account.second_factor,
        recovery_codes_left,
        created_at: account.created_at,
    }))
}

/// Delete my account
///
/// Everything personal is erased, in every service; orders stay, without a name. It can't be undone: send the password,
/// or log in and do it within ten minutes. An account with a second factor needs the log-in.
#[utoipa::path(
    delete,
    path = "/api/v1/account",
    operation_id = "delete_account",
    tag = "auth",
    request_body = Option<Deletion>,
    responses(
        (status = 204, description = "The account is gone"),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 403, description = "The password is wrong, or the log-in too long ago", body = ProblemBody),
        (status = 404, description = "The account is gone", body = ProblemBody),
        (status = 409, description = "It is the last administrator's", body = ProblemBody),
        (status = 429, description = "Too many tries failed; Retry-After says when to come back", body = ProblemBody),
    )
)]
pub async fn delete_account(
    Customer(caller): Customer,
    Inject(state): Inject<State>,
    origin: Origin,
    body: Option<Json<Deletion>>,
) -> Result<StatusCode, Problem> {
    let account = store::users::find(state.db.pool(), caller.sub).await?;
    let account = account.ok_or_else(|| Problem::not_found("account"))?;
    let password = body.and_then(|Json(body)| body.password);
    let enough = password.is_some() && !account.second_factor;
    if !enough && !permit::is_recent(&state, &caller) {
        return Err(problems::log_in_again());
    }
    // Also when the log-in alone would do: a wrong one says that it is not the owner, or not what the owner wants.
    if let Some(password) = password {
        confirmed(&state, &caller, &origin, password).await?;
    }
    let mut tx = state.db.begin().await?;
    delete::run(&mut tx, &origin.actor(caller.sub), caller.sub).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
