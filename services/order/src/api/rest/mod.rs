//! REST of order.

mod address;
mod admin;
mod body;
mod caller;
mod checkout;
mod claim;
mod lookup;
mod means;
mod model;
mod orders;
mod returns;
mod storefront;

use std::sync::Arc;

use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::{config::Common, db::Db};

use crate::{config::Settings, metrics::OrderMetrics, peers::Histories, pricing::Pricing};

/// What the handlers need.
#[derive(Debug)]
pub struct Shared {
    pub db: Db,
    pub common: Common,
    pub settings: Settings,
    pub pricing: Pricing,
    pub histories: Histories,
    pub metrics: OrderMetrics,
}

/// The routes, as the manifest lists them.
pub fn router(shared: Shared) -> OpenApiRouter {
    let shared = Arc::new(shared);
    OpenApiRouter::new()
        .routes(routes!(checkout::create_order))
        .routes(routes!(checkout::quote))
        .routes(routes!(storefront::get_shop))
        .routes(routes!(orders::list_orders))
        .routes(routes!(lookup::look_up_order))
        .routes(routes!(orders::get_order))
        .routes(routes!(orders::cancel_order))
        .routes(routes!(address::correct_order_address))
        .routes(routes!(claim::claim_order))
        .routes(routes!(returns::list_order_returns, returns::request_return))
        .routes(routes!(returns::withdraw_return))
        .merge(admin::router())
        .with_state(shared)
}
