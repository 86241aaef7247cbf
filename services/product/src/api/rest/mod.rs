//! REST: one file a resource.

mod admin;
mod body;
mod bulk;
mod categories;
mod detail;
mod etag;
mod facets;
mod given;
mod history;
mod list;
mod locations;
mod narrow;
mod price_lists;
mod prices;
mod products;
mod reader;
mod search;
mod stock;
mod stock_list;
mod suggest;
mod trail;
mod transfers;
mod variants;

use utoipa_axum::{router::OpenApiRouter, routes};

use super::App;

/// Every route.
pub fn router(app: App) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(categories::list_categories, categories::create_category))
        .routes(routes!(categories::get_category, categories::edit_category, categories::delete_category))
        .routes(routes!(list::list_products, products::create_product))
        .routes(routes!(admin::search_catalogue))
        .routes(routes!(admin::get_catalogue_product))
        .routes(routes!(history::list_history))
        .routes(routes!(trail::list_catalogue_changes))
        .routes(routes!(search::search_products))
        .routes(routes!(suggest::suggest_products))
        .routes(routes!(facets::list_facets))
        .routes(routes!(bulk::import_products))
        .routes(routes!(bulk::export_products))
        .routes(routes!(detail::get_product, products::edit_product, products::archive_product))
        .routes(routes!(variants::add_variant))
        .routes(routes!(variants::get_variant, variants::edit_variant))
        .routes(routes!(stock::get_stock, stock::adjust_stock))
        .routes(routes!(stock::list_movements))
        .routes(routes!(stock_list::list_stock))
        .routes(routes!(transfers::transfer_stock))
        .routes(routes!(locations::list_locations, locations::create_location))
        .routes(routes!(locations::get_location, locations::edit_location))
        .routes(routes!(prices::list_prices))
        .routes(routes!(price_lists::list_price_lists, price_lists::create_price_list))
        .routes(routes!(
            price_lists::get_price_list,
            price_lists::edit_price_list,
            price_lists::delete_price_list
        ))
        .routes(routes!(price_lists::list_list_prices, price_lists::set_list_prices))
        .with_state(app)
}
