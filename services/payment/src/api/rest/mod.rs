//! REST of payment.

mod model;
mod payments;
mod webhooks;

use std::sync::Arc;

use tokio::sync::Notify;
use utoipa_axum::{router::OpenApiRouter, routes};
use warung_chassis::db::Db;

use crate::{commands::Tools, providers::Providers};

/// What the handlers need.
#[derive(Debug)]
pub struct Shared {
    pub db: Db,
    pub tools: Tools,
    pub providers: Providers,
    /// Wakes the job that works on webhooks.
    pub webhooks: Arc<Notify>,
}

/// The routes, as the manifest lists them.
pub fn router(shared: Shared) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(payments::get_payment))
        .routes(routes!(payments::refund_payment))
        .routes(routes!(webhooks::receive_webhook))
        .with_state(Arc::new(shared))
}
