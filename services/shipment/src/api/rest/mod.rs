//! REST of shipment.

mod shipments;

use std::sync::Arc;

use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::db::Db;

use crate::metrics::ShipmentMetrics;

/// What the handlers need.
#[derive(Debug)]
pub struct Shared {
    pub db: Db,
    pub metrics: ShipmentMetrics,
}

/// The routes, as the manifest lists them.
pub fn router(shared: Shared) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(shipments::get_shipment))
        .routes(routes!(shipments::advance_shipment))
        .with_state(Arc::new(shared))
}
