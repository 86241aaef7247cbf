//! REST, one file a resource.

mod notifications;

use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::db::Db;

/// Notification's routes.
pub fn router(db: Db) -> OpenApiRouter {
    OpenApiRouter::new().routes(routes!(notifications::list_notifications)).with_state(db)
}
