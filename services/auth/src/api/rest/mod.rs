//! REST, one file a resource.

mod accounts;
mod keys;
mod sessions;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::State;

/// Auth's routes.
pub fn router(state: State) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(accounts::register_account))
        .routes(routes!(sessions::create_session))
        .routes(routes!(sessions::refresh_session))
        .routes(routes!(sessions::delete_session))
        .routes(routes!(keys::get_keys))
        .with_state(state)
}
