//! REST, one file a resource.

mod addresses;
mod export;
mod profile;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;

/// User's routes.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(profile::get_profile, profile::update_profile))
        .routes(routes!(addresses::list_addresses, addresses::create_address))
        .routes(routes!(addresses::get_address, addresses::update_address, addresses::delete_address))
        .routes(routes!(export::export_account))
        .with_state(app)
}
