//! REST, one file a resource.

mod addresses;
mod profile;

use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::db::Db;

/// User's routes.
pub fn router(db: Db) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(profile::get_profile, profile::update_profile))
        .routes(routes!(addresses::list_addresses, addresses::create_address))
        .routes(routes!(addresses::get_address, addresses::update_address, addresses::delete_address))
        .with_state(db)
}
