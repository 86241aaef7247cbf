//! REST: one file a resource.

mod admin;
mod categories;
mod etag;
mod products;
mod search;
mod stock;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;

/// Every route.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(categories::list_categories, categories::create_category))
        .routes(routes!(products::list_products, admin::create_product))
        .routes(routes!(search::search_products))
        .routes(routes!(products::get_product, admin::edit_product, admin::archive_product))
        .routes(routes!(stock::adjust_stock))
        .with_state(app)
}
