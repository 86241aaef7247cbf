//! REST of payment.

mod admin;
mod attempts;
mod details;
mod discrepancies;
mod disputes;
mod entries;
mod ledger;
pub mod model;
mod newest;
mod payments;
mod sandbox;
mod webhooks;
mod wishes;

use std::sync::Arc;

use tokio::sync::Notify;
use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::db::Db;
use warung_contracts::manifest::means::Means;

use crate::{
    commands::Tools,
    providers::{Providers, sandbox::Sandbox},
};

/// What the handlers need.
#[derive(Debug)]
pub struct Shared {
    pub db: Db,
    pub tools: Tools,
    pub providers: Providers,
    /// What of these customers may choose.
    pub means: Vec<Means>,
    /// Where it is switched on.
    pub sandbox: Option<Arc<Sandbox>>,
    /// Wakes the job that works on webhooks.
    pub webhooks: Arc<Notify>,
}

/// The routes, as the manifest lists them.
pub fn router(shared: Shared) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(admin::list_payments))
        .routes(routes!(details::get_payment_details))
        .routes(routes!(ledger::get_ledger))
        .routes(routes!(entries::list_ledger_entries))
        .routes(routes!(entries::export_ledger))
        .routes(routes!(disputes::list_disputes))
        .routes(routes!(discrepancies::list_discrepancies))
        .routes(routes!(discrepancies::resolve_discrepancy))
        .routes(routes!(payments::get_payment))
        .routes(routes!(attempts::pay_another_way))
        .routes(routes!(wishes::capture_payment))
        .routes(routes!(wishes::void_payment))
        .routes(routes!(wishes::refund_payment))
        .routes(routes!(wishes::release_payment))
        .routes(routes!(webhooks::receive_webhook))
        .routes(routes!(sandbox::show_sandbox_payment, sandbox::settle_sandbox_payment))
        .with_state(Arc::new(shared))
}
