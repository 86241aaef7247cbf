//! Accounts.

use axum::{extract::State as Inject, http::StatusCode};
use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use warung_chassis::{
    auth::Role,
    http::{Json, Problem, problem::ProblemBody},
};
use warung_contracts::id::UserId;

use crate::{
    State,
    api::problems,
    commands::register,
    domain::{email::Email, locale, name, password},
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
pub struct Account {
    id: UserId,
    /// The normalised address.
    email: String,
}

/// Register
///
/// Makes an account. Its profile appears a moment later.
#[utoipa::path(
    post,
    path = "/api/v1/register",
    operation_id = "register_account",
    tag = "auth",
    request_body = Registration,
    responses(
        (status = 201, description = "The account is made; log in to get tokens", body = Account),
        (status = 400, description = "A field is not valid", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The address has an account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Too many at once, or a store is away", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub async fn register_account(
    Inject(state): Inject<State>,
    Json(body): Json<Registration>,
) -> Result<(StatusCode, Json<Account>), Problem> {
    let Registration { email, password, name, locale } = body;
    let email: Email = email
        .parse()
        .map_err(|error: crate::domain::email::NotAnEmail| Problem::field("email", error.to_string()))?;
    check_password(&password, &email)?;
    // The administrator's address is given out at start, not to whoever comes first.
    if email == state.config.admin_email {
        return Err(problems::email_taken());
    }
    let input = register::Input {
        name: name::parse(&name).map_err(|wrong| Problem::field("name", wrong))?,
        locale: locale::parse(locale.as_deref().unwrap_or(locale::DEFAULT))
            .map_err(|wrong| Problem::field("locale", wrong))?,
        password_hash: state.passwords.hash(password).await?,
        email,
        role: Role::Customer,
    };
    let mut tx = state.db.begin().await?;
    let user = register::run(&mut tx, input).await?;
    tx.commit().await?;
    state.metrics.registrations.inc();
    Ok((StatusCode::CREATED, Json(Account { id: user.user_id, email: user.email.to_string() })))
}

fn check_password(password: &SecretString, email: &Email) -> Result<(), Problem> {
    use secrecy::ExposeSecret as _;
    password::check(password.expose_secret(), email)
        .map_err(|weakness| Problem::field("password", weakness.to_string()))
}
