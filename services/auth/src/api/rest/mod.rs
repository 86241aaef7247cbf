//! REST, one file a resource.

mod accounts;
mod admin;
mod audit;
mod emails;
mod fields;
mod keys;
mod logins;
mod passwords;
mod second_factor;
mod sessions;
mod tokens;

use axum::Extension;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{State, api::standing::standing};

/// Auth's routes.
pub fn router(state: State) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(accounts::register_account))
        .routes(routes!(accounts::get_account, accounts::delete_account))
        .routes(routes!(logins::create_session))
        .routes(routes!(logins::confirm_session))
        .routes(routes!(tokens::refresh_session))
        .routes(routes!(tokens::delete_session))
        .routes(routes!(sessions::list_sessions, sessions::delete_sessions))
        .routes(routes!(sessions::delete_session_by_id))
        .routes(routes!(passwords::forget_password))
        .routes(routes!(passwords::reset_password))
        .routes(routes!(passwords::unlock_login))
        .routes(routes!(passwords::change_password))
        .routes(routes!(emails::verify_email))
        .routes(routes!(emails::request_verification))
        .routes(routes!(emails::change_email))
        .routes(routes!(second_factor::propose_totp))
        .routes(routes!(second_factor::confirm_totp))
        .routes(routes!(second_factor::disable_totp))
        .routes(routes!(admin::list_accounts))
        .routes(routes!(admin::get_account_by_id, admin::erase))
        .routes(routes!(admin::update_role))
        .routes(routes!(admin::delete_account_sessions))
        .routes(routes!(admin::suspend, admin::restore))
        .routes(routes!(admin::reset_second_factor))
        .routes(routes!(audit::list_audit_entries))
        .routes(routes!(keys::get_keys))
        .layer(Extension(standing(state.clone())))
        .with_state(state)
}
