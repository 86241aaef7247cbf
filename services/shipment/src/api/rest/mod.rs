//! REST of shipment.

mod rate;
mod rates;
mod shipments;

use std::sync::Arc;

use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::db::Db;
use warung_contracts::currency::Currency;

use crate::metrics::ShipmentMetrics;

/// What the handlers need.
#[derive(Debug)]
pub struct Shared {
    pub db: Db,
    pub metrics: ShipmentMetrics,
    /// The shop's.
    pub currency: Currency,
}

/// The routes, as the manifest lists them.
pub fn router(shared: Shared) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(rates::list_rates, rates::create_rate))
        .routes(routes!(rates::get_rate, rates::replace_rate, rates::delete_rate))
        .routes(routes!(shipments::get_shipment))
        .routes(routes!(shipments::advance_shipment))
        .with_state(Arc::new(shared))
}
