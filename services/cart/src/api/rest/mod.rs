//! REST: one file a resource.

mod acknowledge;
mod body;
mod cart;
mod items;
mod language;
mod merge;
mod owner;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;

/// Every route.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(cart::get_cart, cart::clear_cart))
        .routes(routes!(items::add_item))
        .routes(routes!(items::set_item, items::remove_item))
        .routes(routes!(acknowledge::acknowledge_prices))
        .routes(routes!(merge::merge_carts))
        .with_state(app)
}
