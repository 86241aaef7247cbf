//! REST of shipment.

mod changes;
mod destinations;
mod model;
mod parcels;
mod rate;
mod rates;
mod shipments;
mod webhooks;

use std::sync::Arc;

use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::db::Db;
use warung_contracts::currency::Currency;

use crate::commands::Desk;

/// What the handlers need.
#[derive(Debug)]
pub struct Shared {
    pub db: Db,
    pub desk: Desk,
    /// The shop's.
    pub currency: Currency,
    /// Name of the shop, on labels.
    pub shop: String,
}

/// The routes, as the manifest lists them.
pub fn router(shared: Shared) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(rates::list_rates, rates::create_rate))
        .routes(routes!(rates::get_rate, rates::replace_rate, rates::delete_rate))
        .routes(routes!(changes::list_rate_changes))
        .routes(routes!(destinations::get_destinations))
        .routes(routes!(shipments::list_shipments))
        .routes(routes!(shipments::get_shipment))
        .routes(routes!(shipments::advance_shipment))
        .routes(routes!(parcels::dispatch_parcel))
        .routes(routes!(parcels::correct_parcel))
        .routes(routes!(parcels::record_parcel_event))
        .routes(routes!(parcels::split_parcel))
        .routes(routes!(parcels::get_label))
        .routes(routes!(webhooks::receive_carrier_webhook))
        .with_state(Arc::new(shared))
}
