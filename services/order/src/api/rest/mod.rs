//! REST of order.

mod checkout;
mod model;
mod orders;

use std::sync::Arc;

use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::{config::Common, db::Db};

use crate::{config::Settings, metrics::OrderMetrics, peers::Peers};

/// What the handlers need.
#[derive(Debug)]
pub struct Shared {
    pub db: Db,
    pub common: Common,
    pub settings: Settings,
    pub peers: Peers,
    pub metrics: OrderMetrics,
}

/// The routes, as the manifest lists them.
pub fn router(shared: Shared) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(checkout::create_order))
        .routes(routes!(orders::list_orders))
        .routes(routes!(orders::get_order))
        .routes(routes!(orders::cancel_order))
        .with_state(Arc::new(shared))
}
