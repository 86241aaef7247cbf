//! Accounts of others: for whoever has the permission.

use axum::{extract::State as Inject, http::StatusCode};
use garde::Validate;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use warung_chassis::{
    auth::{Permitted, Role},
    http::{Json, Page, PageQuery, Path, Problem, Query, problem::ProblemBody},
};
use warung_contracts::id::UserId;

use crate::{
    State,
    api::origin::Origin,
    commands::{delete_account, end_session, grant_role, reset_totp, restore_account, suspend_account},
    domain::{email::Email, user},
    store::{self, tokens::Revocation},
};

/// Characters of a reason at most.
const REASON_MAX: usize = 500;

/// An account, as staff see it.
#[derive(Serialize, ToSchema)]
pub struct Account {
    id: UserId,
    email: String,
    email_verified: bool,
    /// The greatest role: `customer`, `staff` or `admin`.
    #[schema(value_type = String)]
    role: Role,
    /// Whether a log-in needs a second factor.
    second_factor: bool,
    #[serde(with = "time::serde::rfc3339")]
    created_at: OffsetDateTime,
    /// Since when nobody logs in to it; left out when it is not suspended.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    suspended_at: Option<OffsetDateTime>,
    /// Why it is suspended.
    #[serde(skip_serializing_if = "Option::is_none")]
    suspended_for: Option<String>,
}

impl From<user::Account> for Account {
    fn from(account: user::Account) -> Self {
        let (suspended_at, suspended_for) =
            account.suspension.map(|suspension| (suspension.at, suspension.reason)).unzip();
        Self {
            id: account.user.user_id,
            email: account.user.email.to_string(),
            email_verified: account.email_verified_at.is_some(),
            role: account.user.role,
            second_factor: account.second_factor,
            created_at: account.created_at,
            suspended_at,
            suspended_for,
        }
    }
}

/// Which accounts.
#[derive(Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AccountQuery {
    /// The one of this address; all when left out.
    #[garde(inner(length(chars, max = 254)))]
    email: Option<String>,
    /// Those whose greatest role it is, such as `admin`.
    #[garde(skip)]
    #[param(value_type = Option<String>, example = "admin")]
    role: Option<Role>,
}

/// A role to be given in place of the one an account has.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
pub struct RoleChange {
    /// `customer`, `staff` or `admin`.
    #[schema(value_type = String, example = "staff")]
    role: Role,
}

/// Why an account is suspended.
#[derive(Deserialize, Validate, ToSchema)]
#[garde(allow_unvalidated)]
#[serde(deny_unknown_fields)]
pub struct SuspensionInput {
    /// For the shop's administrators, and for the owner's export: 1 to 500 characters.
    #[garde(custom(|text: &str, _| said(text).map(drop).map_err(garde::Error::new)))]
    #[schema(min_length = 1, max_length = 500, example = "Orders with stolen cards")]
    reason: String,
}

/// A reason as it is kept, when it says something.
fn said(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    match (1..=REASON_MAX).contains(&text.chars().count()) && !text.contains('\0') {
        true => Ok(text.to_owned()),
        false => Err("must say why, in 1 to 500 characters"),
    }
}

/// List accounts
#[utoipa::path(
    get,
    path = "/api/v1/admin/accounts",
    operation_id = "list_accounts",
    tag = "auth",
    params(AccountQuery, PageQuery),
    responses(
        (status = 200, description = "Accounts, oldest first", body = Page<Account>),
        (status = 400, description = "The query is not valid", body = ProblemBody),
    )
)]
pub async fn list_accounts(
    _: Permitted,
    Inject(state): Inject<State>,
    Query(AccountQuery { email, role }): Query<AccountQuery>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<Account>>, Problem> {
    let (after, limit) = (query.after::<UserId>()?, query.limit());
    // Found however it is written; a text that is no address fits nobody's.
    let email = email.map(|text| text.parse::<Email>().map(|email| email.to_string()).unwrap_or_default());
    let (email, limit_and_one) = (email.as_deref(), i64::from(limit) + 1);
    let rows = store::users::page(state.db.pool(), email, role, after, limit_and_one).await?;
    Ok(Json(Page::of(rows, limit, |account| account.user.user_id).map(Account::from)))
}

/// Show an account
#[utoipa::path(
    get,
    path = "/api/v1/admin/accounts/{id}",
    operation_id = "get_account_by_id",
    tag = "auth",
    params(("id" = UserId, Path, description = "The account")),
    responses(
        (status = 200, description = "The account", body = Account),
        (status = 404, description = "There is no such account", body = ProblemBody),
    )
)]
pub async fn get_account_by_id(
    _: Permitted,
    Inject(state): Inject<State>,
    Path(id): Path<UserId>,
) -> Result<Json<Account>, Problem> {
    let found = store::users::find(state.db.pool(), id).await?;
    Ok(Json(found.ok_or_else(|| Problem::not_found("account"))?.into()))
}

/// Give a role
///
/// In place of the one the account has. Where accounts are managed it counts at once, elsewhere from its next log-in or refresh
/// on. Who gets more rights must have verified their address. The last administrator keeps theirs.
#[utoipa::path(
    put,
    path = "/api/v1/admin/accounts/{id}/role",
    operation_id = "update_role",
    tag = "auth",
    params(("id" = UserId, Path, description = "The account")),
    request_body = RoleChange,
    responses(
        (status = 200, description = "The account as it is now", body = Account),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 404, description = "There is no such account", body = ProblemBody),
        (status = 409, description = "It is the last administrator, or the address is not verified", body = ProblemBody),
    )
)]
pub async fn update_role(
    Permitted(caller): Permitted,
    Inject(state): Inject<State>,
    origin: Origin,
    Path(id): Path<UserId>,
    Json(RoleChange { role }): Json<RoleChange>,
) -> Result<Json<Account>, Problem> {
    let mut tx = state.db.begin().await?;
    let account = grant_role::run(&mut tx, &origin.actor(caller.sub), id, role).await?;
    tx.commit().await?;
    Ok(Json(account.into()))
}

/// End all log-ins of an account
#[utoipa::path(
    delete,
    path = "/api/v1/admin/accounts/{id}/sessions",
    operation_id = "delete_account_sessions",
    tag = "auth",
    params(("id" = UserId, Path, description = "The account")),
    responses(
        (status = 204, description = "They are over, or there were none"),
    )
)]
pub async fn delete_account_sessions(
    Permitted(caller): Permitted,
    Inject(state): Inject<State>,
    origin: Origin,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.db.begin().await?;
    end_session::all(&mut tx, &origin.actor(caller.sub), id, None, Revocation::Admin).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Suspend an account
///
/// Ends all its log-ins, and nobody logs in to it until it is restored; its owner is told by mail, without the reason.
/// Access tokens of before are good for nothing here any more, elsewhere for some minutes. Orders go on. Sent again, it
/// changes the reason.
#[utoipa::path(
    put,
    path = "/api/v1/admin/accounts/{id}/suspension",
    operation_id = "suspend_account",
    tag = "auth",
    params(("id" = UserId, Path, description = "The account")),
    request_body = SuspensionInput,
    responses(
        (status = 200, description = "The account as it is now", body = Account),
        (status = 400, description = "A field is not valid", body = ProblemBody),
        (status = 404, description = "There is no such account", body = ProblemBody),
        (status = 409, description = "It is the last administrator", body = ProblemBody),
    )
)]
pub async fn suspend(
    Permitted(caller): Permitted,
    Inject(state): Inject<State>,
    origin: Origin,
    Path(id): Path<UserId>,
    Json(body): Json<SuspensionInput>,
) -> Result<Json<Account>, Problem> {
    let reason = said(&body.reason).map_err(|wrong| Problem::field("reason", wrong))?;
    let mut tx = state.db.begin().await?;
    let account = suspend_account::run(&mut tx, &origin.actor(caller.sub), id, reason).await?;
    tx.commit().await?;
    Ok(Json(account.into()))
}

/// Restore a suspended account
///
/// Its owner logs in as before, and is told by mail.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/accounts/{id}/suspension",
    operation_id = "restore_account",
    tag = "auth",
    params(("id" = UserId, Path, description = "The account")),
    responses(
        (status = 204, description = "It is not suspended any more, or was not"),
        (status = 404, description = "There is no such account", body = ProblemBody),
    )
)]
pub async fn restore(
    Permitted(caller): Permitted,
    Inject(state): Inject<State>,
    origin: Origin,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.db.begin().await?;
    restore_account::run(&mut tx, &origin.actor(caller.sub), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Turn off the second factor of an account
///
/// For an owner who lost the authenticator and the recovery codes, once the shop knows that it is the owner who asks. The
/// owner is told by mail.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/accounts/{id}/second-factor",
    operation_id = "reset_second_factor",
    tag = "auth",
    params(("id" = UserId, Path, description = "The account")),
    responses(
        (status = 204, description = "It is off, or was not on"),
        (status = 404, description = "There is no such account", body = ProblemBody),
    )
)]
pub async fn reset_second_factor(
    Permitted(caller): Permitted,
    Inject(state): Inject<State>,
    origin: Origin,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.db.begin().await?;
    reset_totp::run(&mut tx, &origin.actor(caller.sub), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Erase an account
///
/// As its owner would: everything personal is erased, in every service; orders stay, without a name. It can't be undone.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/accounts/{id}",
    operation_id = "erase_account",
    tag = "auth",
    params(("id" = UserId, Path, description = "The account")),
    responses(
        (status = 204, description = "The account is gone"),
        (status = 404, description = "There is no such account", body = ProblemBody),
        (status = 409, description = "It is the last administrator's", body = ProblemBody),
    )
)]
pub async fn erase(
    Permitted(caller): Permitted,
    Inject(state): Inject<State>,
    origin: Origin,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    let mut tx = state.db.begin().await?;
    delete_account::run(&mut tx, &origin.actor(caller.sub), id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
